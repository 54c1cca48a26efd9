/// The writing systems in which names may be written: those of UAX 31's table of recommended scripts.
enum Script: UInt8 {
  case latin, greek, cyrillic, armenian, hebrew, arabic, thaana, devanagari, bengali, gurmukhi, gujarati, oriya, tamil,
    telugu,
    kannada, malayalam, sinhala, thai, lao, tibetan, myanmar, georgian, ethiopic, khmer, hangul, han, hiragana,
    katakana, bopomofo
  /// Marks that take the script of the letter before them.
  case inherited

  /// The script of a letter, mark or digit; nil: it is in no script that names are written in.
  init?(_ scalar: Unicode.Scalar) {
    let value = scalar.value
    if value < 0x80 {
      guard scalar.properties.isAlphabetic else { return nil }
      self = .latin
      return
    }
    var low = 0
    var high = Self.ranges.count
    while low < high {
      let middle = (low + high) / 2
      let (first, last, script) = Self.ranges[middle]
      if value < first {
        high = middle
      } else if value > last {
        low = middle + 1
      } else {
        self = script
        return
      }
    }
    return nil
  }

  var isRightToLeft: Bool { self == .hebrew || self == .arabic || self == .thaana }

  /// In ascending order. Latin has the letters of living orthographies beyond its main blocks, but neither clicks nor phonetic signs,
  /// because many of those look like plain letters.
  private static let ranges: [(UInt32, UInt32, Script)] = [
    (0xC0, 0x1BF, .latin), (0x1C4, 0x24F, .latin), (0x253, 0x254, .latin), (0x256, 0x257, .latin),
    (0x259, 0x259, .latin),
    (0x25B, 0x25B, .latin), (0x260, 0x260, .latin), (0x263, 0x263, .latin), (0x268, 0x268, .latin),
    (0x272, 0x272, .latin),
    (0x28A, 0x28B, .latin), (0x292, 0x292, .latin), (0x2BC, 0x2BC, .latin), (0x300, 0x36F, .inherited),
    (0x370, 0x3E1, .greek), (0x3F0, 0x3FF, .greek), (0x400, 0x482, .cyrillic), (0x48A, 0x52F, .cyrillic),
    (0x531, 0x556, .armenian), (0x561, 0x587, .armenian), (0x5B0, 0x5BD, .hebrew), (0x5BF, 0x5C2, .hebrew),
    (0x5C7, 0x5C7, .hebrew), (0x5D0, 0x5EA, .hebrew), (0x620, 0x669, .arabic), (0x66E, 0x6D3, .arabic),
    (0x6D5, 0x6DC, .arabic),
    (0x6E1, 0x6FF, .arabic), (0x750, 0x77F, .arabic), (0x780, 0x7B1, .thaana), (0x8A0, 0x8FF, .arabic),
    (0x900, 0x963, .devanagari), (0x966, 0x97F, .devanagari), (0x980, 0x9FF, .bengali), (0xA00, 0xA7F, .gurmukhi),
    (0xA80, 0xAFF, .gujarati), (0xB00, 0xB7F, .oriya), (0xB80, 0xBFF, .tamil), (0xC00, 0xC7F, .telugu),
    (0xC80, 0xCFF, .kannada),
    (0xD00, 0xD7F, .malayalam), (0xD80, 0xDFF, .sinhala), (0xE01, 0xE5B, .thai), (0xE81, 0xEDF, .lao),
    (0xF00, 0xFBC, .tibetan),
    (0x1000, 0x109F, .myanmar), (0x10D0, 0x10FF, .georgian), (0x1200, 0x139F, .ethiopic), (0x1780, 0x17E9, .khmer),
    (0x1C90, 0x1CBF, .georgian), (0x1E00, 0x1EFF, .latin), (0x1F00, 0x1FFF, .greek), (0x2D00, 0x2D25, .georgian),
    (0x2D80, 0x2DDE, .ethiopic), (0x3005, 0x3007, .han), (0x3041, 0x3096, .hiragana), (0x3099, 0x309A, .inherited),
    (0x309D, 0x309E, .hiragana), (0x30A1, 0x30FA, .katakana), (0x30FC, 0x30FE, .katakana), (0x3105, 0x312F, .bopomofo),
    (0x31A0, 0x31BF, .bopomofo), (0x31F0, 0x31FF, .katakana), (0x3400, 0x4DBF, .han), (0x4E00, 0x9FFF, .han),
    (0xA9E0, 0xA9FE, .myanmar), (0xAA60, 0xAA7F, .myanmar), (0xAB01, 0xAB2E, .ethiopic), (0xAC00, 0xD7A3, .hangul),
    (0x20000, 0x3134F, .han),
  ]

  /// Whether letters of these scripts may stand in one word: UTS 39's level "highly restrictive".
  static func mayStandTogether(_ scripts: Set<Script>) -> Bool {
    let others = scripts.subtracting([.inherited])
    if others.count < 2 { return true }
    let japanese: Set<Script> = [.latin, .han, .hiragana, .katakana]
    let chinese: Set<Script> = [.latin, .han, .bopomofo]
    let korean: Set<Script> = [.latin, .han, .hangul]
    return others.isSubset(of: japanese) || others.isSubset(of: chinese) || others.isSubset(of: korean)
  }
}
