/// A short name for a text, the same in every run: two FNV-1a sums of 64 bits.
package enum TextHash {
  private static let bases: [UInt64] = [14_695_981_039_346_656_037, 1_099_511_628_211_000_007]

  package static func hex(_ text: String) -> String {
    bases.map { basis in
      let sum = text.utf8.reduce(basis) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
      let digits = String(sum, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
