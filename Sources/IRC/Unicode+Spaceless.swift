extension Unicode.Scalar {
  /// A letter of a script that is written without spaces between words, or whose words grow endings without them: Chinese, Japanese,
  /// Korean, Thai, Lao, Burmese, Khmer.
  public var isSpaceless: Bool {
    switch value {
    // Thai and Lao; Burmese; Khmer; Hiragana, Katakana, Bopomofo; more Katakana; ideographs; Hangul; compatibility ideographs;
    // half-width Katakana; the supplementary planes of ideographs.
    case 0x0E00...0x0EFF, 0x1000...0x109F, 0x1780...0x17FF, 0x3040...0x312F, 0x31F0...0x31FF, 0x3400...0x4DBF,
      0x4E00...0x9FFF, 0xAC00...0xD7AF, 0xF900...0xFAFF, 0xFF66...0xFF9F, 0x20000...0x3FFFF:
      true
    default: false
    }
  }
}
