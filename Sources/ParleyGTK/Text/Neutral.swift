/// Text from the network as it may be shown: nothing in it can turn the direction of what follows, overlay it, or hide.
func neutral(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: isUnwanted) else { return text }
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars where !isUnwanted(scalar) { result.append(scalar) }
  return String(result)
}

/// On one line: line ends become spaces, and no more than a label takes.
func neutralLine(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  for scalar in stripped(shortened(text)).unicodeScalars where !isUnwanted(scalar) || scalar == "\n" {
    result.append(scalar == "\n" || scalar == "\t" ? " " : scalar)
  }
  return String(result)
}

private func isUnwanted(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x09, 0x0A: false
  case 0...0x1F, 0x7F...0x9F: true  // C0 and C1
  case 0x202A...0x202E, 0x2066...0x2069: true  // UAX #9: embeddings, overrides, isolates
  case 0x2028, 0x2029: true  // line and paragraph separator
  case 0xFFF9...0xFFFB, 0xE0001: true  // annotations, language tags
  default: false
  }
}
