/// How well letters match a name: they must come in order; at the beginning of words and side by side is better. nil: not at all.
func fuzzyScore(_ letters: String, in name: String) -> Int? {
  var score = 0
  var wanted = letters.lowercased().filter { !$0.isWhitespace }[...]
  var isWordStart = true
  var wasMatch = false
  for (place, character) in name.lowercased().enumerated() {
    guard let next = wanted.first else { break }
    if character == next {
      score += wasMatch ? 8 : isWordStart ? 6 : 1
      if place <= 1 { score += 3 }
      wanted = wanted.dropFirst()
      wasMatch = true
    } else {
      wasMatch = false
    }
    isWordStart = !character.isLetter && !character.isNumber
  }
  guard wanted.isEmpty else { return nil }
  return score * 4 - name.count
}
