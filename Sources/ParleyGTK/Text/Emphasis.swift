/// Splits a span at *bold*, _italic_ and `code`, as people write them: the signs hug a word, and stand between others.
func withEmphasis(_ span: Span) -> [Span] {
  guard span.link == nil, span.text.contains(where: { "*_`".contains($0) }) else { return [span] }
  var result: [Span] = []
  let text = span.text
  var plainStart = text.startIndex
  var position = text.startIndex
  func plain(to end: String.Index) {
    if plainStart < end { result.append(Span(text: String(text[plainStart..<end]), style: span.style)) }
  }
  while let opening = text[position...].firstIndex(where: { "*_`".contains($0) }) {
    position = text.index(after: opening)
    guard let closing = closing(text, of: opening) else { continue }
    plain(to: opening)
    let style: Span.Style =
      switch text[opening] {
      case "*": .bold
      case "_": .italic
      default: .monospace
      }
    result.append(Span(text: String(text[text.index(after: opening)..<closing]), style: span.style.union(style)))
    position = text.index(after: closing)
    plainStart = position
  }
  plain(to: text.endIndex)
  return result
}

private func closing(_ text: String, of opening: String.Index) -> String.Index? {
  let sign = text[opening]
  let inside = text.index(after: opening)
  if opening > text.startIndex {
    let before = text[text.index(before: opening)]
    guard !before.isLetter, !before.isNumber, before != sign else { return nil }
  }
  guard inside < text.endIndex, !text[inside].isWhitespace, text[inside] != sign else { return nil }
  // Not further than a line of ordinary length, so that a text of only signs costs little.
  var position = text.index(after: inside)
  for _ in 0..<500 {
    guard position < text.endIndex, !text[position].isNewline else { return nil }
    if text[position] == sign, !text[text.index(before: position)].isWhitespace {
      let after = text.index(after: position)
      if after == text.endIndex || !(text[after].isLetter || text[after].isNumber || text[after] == sign) {
        return position
      }
    }
    position = text.index(after: position)
  }
  return nil
}
