/// A message as Pango markup: everything in it is escaped, formatting and links are those found here and nothing else.
/// - Parameter isCut: the text is the beginning of a longer one.
func markup(_ text: String, isCut: Bool = false) -> String {
  var result = ""
  let all = spans(text)
  for (place, formatted) in all.enumerated() {
    let span = Span(text: neutral(formatted.text), style: formatted.style)
    for linked in withLinks(span, isCut: isCut && place == all.count - 1) {
      for span in withEmphasis(linked) { append(span, to: &result) }
    }
  }
  return result
}

private func append(_ span: Span, to result: inout String) {
  var closing = ""
  func tag(_ name: String) {
    result += "<\(name)>"
    closing = "</\(name)>" + closing
  }
  if span.style.contains(.bold) { tag("b") }
  if span.style.contains(.italic) { tag("i") }
  if span.style.contains(.underline) { tag("u") }
  if span.style.contains(.strikethrough) { tag("s") }
  if span.style.contains(.monospace) { tag("tt") }
  if let link = span.link {
    result += "<a href=\"\(escaped(link))\">"
    closing = "</a>" + closing
  }
  result += escaped(span.text) + closing
}

/// For Pango markup.
func escaped(_ text: String) -> String {
  guard text.utf8.contains(where: { $0 == 0x26 || $0 == 0x3C || $0 == 0x3E || $0 == 0x22 || $0 == 0x27 }) else {
    return text
  }
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
