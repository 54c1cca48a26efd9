/// A stretch of a message that looks the same throughout.
struct Span: Equatable {
  struct Style: OptionSet, Hashable {
    let rawValue: UInt8
    static let bold = Style(rawValue: 1)
    static let italic = Style(rawValue: 2)
    static let underline = Style(rawValue: 4)
    static let strikethrough = Style(rawValue: 8)
    static let monospace = Style(rawValue: 16)
  }

  var text: String
  var style: Style = []
  /// Where it leads.
  var link: String?
}

/// Splits text by the formatting characters that IRC clients send (modern.ircdocs.horse/formatting). Colours are dropped: they
/// were chosen for another background.
func spans(_ text: String) -> [Span] {
  var result: [Span] = []
  var style: Span.Style = []
  var current = String.UnicodeScalarView()
  func end() {
    if !current.isEmpty { result.append(Span(text: String(current), style: style)) }
    current = String.UnicodeScalarView()
  }
  let scalars = Array(text.unicodeScalars)
  var index = 0
  while index < scalars.count {
    let scalar = scalars[index]
    index += 1
    switch scalar.value {
    case 0x02, 0x1D, 0x1F, 0x1E, 0x11:
      end()
      style.formSymmetricDifference(toggled(scalar.value))
    case 0x0F:
      end()
      style = []
    case 0x03: index = afterColours(scalars, index, digits: 2) { ("0"..."9").contains($0) }
    case 0x04: index = afterColours(scalars, index, digits: 6, isHexDigit)
    default: current.append(scalar)
    }
  }
  end()
  return result
}

/// The text without formatting characters.
func stripped(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: { $0.value < 0x20 && $0 != "\n" && $0 != "\t" }) else { return text }
  return spans(text).map(\.text).joined()
}

private func toggled(_ character: UInt32) -> Span.Style {
  switch character {
  case 0x02: .bold
  case 0x1D: .italic
  case 0x1F: .underline
  case 0x1E: .strikethrough
  default: .monospace
  }
}

private func isHexDigit(_ scalar: Unicode.Scalar) -> Bool { scalar.isASCII && Character(scalar).isHexDigit }

/// Behind "FOREGROUND[,BACKGROUND]"; a comma without digits after it is text.
private func afterColours(
  _ scalars: [Unicode.Scalar], _ start: Int, digits: Int, _ isDigit: (Unicode.Scalar) -> Bool
) -> Int {
  func afterDigits(_ start: Int) -> Int {
    var index = start
    while index < scalars.count, index - start < digits, isDigit(scalars[index]) { index += 1 }
    return index
  }
  let foreground = afterDigits(start)
  guard foreground > start, foreground < scalars.count, scalars[foreground] == "," else { return foreground }
  let background = afterDigits(foreground + 1)
  return background > foreground + 1 ? background : foreground
}
