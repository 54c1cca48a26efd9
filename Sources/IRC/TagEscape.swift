/// The escaping of tag values (IRCv3 message-tags, "Escaping values").
public enum TagEscape {
  /// Appends a value in its escaped form. NUL, which has no escaped form, is left out.
  public static func append(_ value: String, to buffer: inout [UInt8]) {
    let start = buffer.count
    buffer.append(utf8: value)
    guard buffer[start...].contains(where: isSpecial) else { return }
    buffer.removeSubrange(start...)
    for byte in value.utf8 {
      switch byte {
      case 0: continue
      case UInt8(ascii: ";"): buffer.append(utf8: "\\:")
      case UInt8(ascii: " "): buffer.append(utf8: "\\s")
      case UInt8(ascii: "\\"): buffer.append(utf8: "\\\\")
      case UInt8(ascii: "\r"): buffer.append(utf8: "\\r")
      case UInt8(ascii: "\n"): buffer.append(utf8: "\\n")
      default: buffer.append(byte)
      }
    }
  }

  /// A value without its escapes. A `\` before any other character, or at the end, is dropped. Invalid UTF-8: nil.
  static func unescape(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
    guard bytes.contains(UInt8(ascii: "\\")) else { return String(validating: bytes, as: UTF8.self) }
    var plain: [UInt8] = []
    plain.reserveCapacity(bytes.count)
    var isEscaped = false
    for byte in bytes {
      if isEscaped {
        plain.append(unescaped(byte))
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        plain.append(byte)
      }
    }
    return String(validating: plain, as: UTF8.self)
  }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ";") || byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\\") || ASCII.isForbidden(byte)
  }

  private static func unescaped(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: ":"): UInt8(ascii: ";")
    case UInt8(ascii: "s"): UInt8(ascii: " ")
    case UInt8(ascii: "r"): UInt8(ascii: "\r")
    case UInt8(ascii: "n"): UInt8(ascii: "\n")
    default: byte
    }
  }
}
