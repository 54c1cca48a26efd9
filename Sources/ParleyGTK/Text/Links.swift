/// What may be opened from a message.
private let schemes: Set<String> = ["http", "https", "mailto", "irc", "ircs"]

/// Whether a link may be opened at all.
func isOpenable(_ link: String) -> Bool {
  guard let colon = link.firstIndex(of: ":") else { return false }
  return schemes.contains(link[..<colon].lowercased())
}

/// Splits a span at the links in it.
/// - Parameter isCut: the last word may go on: it is no link, because it would lead elsewhere.
func withLinks(_ span: Span, isCut: Bool = false) -> [Span] {
  guard span.text.contains(":") else { return [span] }
  var result: [Span] = []
  var plainStart = span.text.startIndex
  var position = plainStart
  func plain(to end: String.Index) {
    if plainStart < end { result.append(Span(text: String(span.text[plainStart..<end]), style: span.style)) }
  }
  while let word = span.text[position...].firstIndex(where: { !$0.isWhitespace }) {
    let end = span.text[word...].firstIndex(where: \.isWhitespace) ?? span.text.endIndex
    position = end
    if isCut, end == span.text.endIndex { break }
    guard let link = linkRange(span.text[word..<end]) else { continue }
    plain(to: link.lowerBound)
    let text = String(span.text[link])
    result.append(Span(text: text, style: span.style, link: text))
    plainStart = link.upperBound
  }
  plain(to: span.text.endIndex)
  return result
}

/// Where in a word a link is: from its scheme on, without the punctuation around it.
private func linkRange(_ word: Substring) -> Range<Substring.Index>? {
  guard let colon = word.firstIndex(of: ":") else { return nil }
  let before = word[..<colon]
  let schemeStart =
    before.lastIndex(where: { !$0.isASCII || !$0.isLetter }).map { word.index(after: $0) } ?? word.startIndex
  let scheme = word[schemeStart..<colon].lowercased()
  guard schemes.contains(scheme) else { return nil }
  let rest = word[word.index(after: colon)...]
  guard scheme == "mailto" ? rest.contains("@") : rest.hasPrefix("//") && rest.count > 2 else { return nil }
  var link = word[schemeStart...]
  while let last = link.last, isTrailing(last, of: link) { link = link.dropLast() }
  return link.startIndex..<link.endIndex
}

/// A closing bracket belongs to the link only if it was opened in it.
private func isTrailing(_ last: Character, of link: Substring) -> Bool {
  switch last {
  case ".", ",", ";", ":", "!", "?", "'", "\"", "”", "’", "»", ">": true
  case ")": link.count { $0 == "(" } < link.count { $0 == ")" }
  case "]": link.count { $0 == "[" } < link.count { $0 == "]" }
  default: false
  }
}
