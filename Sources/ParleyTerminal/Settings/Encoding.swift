import CReadline

/// The locale's encoding of text. Inside the program all text is UTF-8.
enum Encoding {
  /// Takes the locale that the environment names. Where that says nothing about the terminal, UTF-8.
  static func setUp() { creadline_set_up_locale() }

  static var isUTF8: Bool { creadline_is_utf8() == 1 }

  /// What the encoding does not have becomes something like it, or `?`.
  static func encode(_ text: String) -> [UInt8] {
    isUTF8 ? Array(text.utf8) : convert(Array(text.utf8), fromUTF8: true) ?? []
  }

  /// nil if the bytes are no text in the encoding.
  static func decode(_ bytes: [UInt8]) -> String? {
    guard let bytes = isUTF8 ? bytes : convert(bytes, fromUTF8: false) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func convert(_ bytes: [UInt8], fromUTF8: Bool) -> [UInt8]? {
    // No encoding of a locale takes more than four bytes where UTF-8 takes one, nor the other way round.
    var result = [UInt8](repeating: 0, count: bytes.count * 4 + 16)
    let size = creadline_convert(bytes, bytes.count, &result, result.count, fromUTF8 ? 1 : 0)
    return (0...result.count).contains(size) ? Array(result.prefix(size)) : nil
  }
}
