/// A length of time as people write it in modes: `90`, `10m`, `1d12h`.
struct Duration {
  private static let units: [(letter: Character, seconds: Int)] = [
    ("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
  ]

  let seconds: Int

  init(seconds: Int) { self.seconds = seconds }

  /// nil: it is none, or more than a hundred years.
  init?(_ text: some StringProtocol) {
    var total = 0
    var number: Int?
    for letter in text {
      if let digit = letter.wholeNumberValue, letter.isASCII {
        let next = (number ?? 0) * 10 + digit
        guard next < 10_000_000_000 else { return nil }
        number = next
      } else {
        guard let count = number, let unit = Self.units.first(where: { $0.letter == letter }) else { return nil }
        total += count * unit.seconds
        number = nil
      }
      guard total < 10_000_000_000 else { return nil }
    }
    guard !text.isEmpty else { return nil }
    total += number ?? 0
    guard total <= 36_500 * 86_400 else { return nil }
    seconds = total
  }

  var text: String {
    var rest = seconds
    var text = ""
    for (letter, length) in Self.units.dropFirst() where rest >= length {
      text += "\(rest / length)\(letter)"
      rest %= length
    }
    return text.isEmpty ? "0" : text
  }
}
