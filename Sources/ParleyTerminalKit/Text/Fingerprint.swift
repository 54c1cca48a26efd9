/// SHA-256 of certificates, for people to compare.
package enum Fingerprint {
  /// `0123 4567 …` in groups of four; what is no fingerprint is shown as it is, made harmless.
  package static func grouped(_ hex: String) -> String {
    let hex = Sanitizer.line(hex).lowercased().filter { $0 != ":" }
    guard hex.count == 64, hex.allSatisfy(\.isHexDigit) else { return hex }
    var groups: [Substring] = []
    var rest = hex[...]
    while !rest.isEmpty {
      groups.append(rest.prefix(4))
      rest = rest.dropFirst(4)
    }
    return groups.joined(separator: " ")
  }
}
