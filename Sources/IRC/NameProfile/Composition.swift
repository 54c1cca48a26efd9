/// Tells whether a text is in Unicode's normalization form C, as far as names can hold it.
enum Composition {
  /// Letters that have canonical decompositions are in these blocks; those of Hangul are made of jamo, which are in no script of names.
  private static let blocks: [ClosedRange<UInt32>] = [0xC0...0x1FFF, 0x3041...0x30FE]

  /// As strings, because the standard library compares strings by canonical equivalence: a letter with a mark behind it is found here
  /// when there is one character for both.
  private static let composed: Set<String> = {
    var letters: Set<String> = []
    for block in blocks {
      for value in block {
        guard let scalar = Unicode.Scalar(value),
          scalar.properties.isAlphabetic || scalar.properties.canonicalCombiningClass != .notReordered,
          !scalar.properties.isFullCompositionExclusion
        else { continue }
        letters.insert(String(scalar))
      }
    }
    return letters
  }()

  static func isNormal(_ text: String) -> Bool {
    var base: Unicode.Scalar?
    var lastClass: UInt8 = 0
    for scalar in text.unicodeScalars {
      if scalar.value < 0x80 {
        (base, lastClass) = (scalar, 0)
        continue
      }
      if scalar.properties.isFullCompositionExclusion { return false }
      let order = scalar.properties.canonicalCombiningClass.rawValue
      if order > 0, order < lastClass { return false }
      if let base, isMark(scalar), lastClass == 0 || lastClass < order {
        var pair = String(base)
        pair.unicodeScalars.append(scalar)
        if composed.contains(pair) { return false }
      }
      if order == 0, !isMark(scalar) { base = scalar }
      lastClass = order
    }
    return true
  }

  static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: true
    default: false
    }
  }
}
