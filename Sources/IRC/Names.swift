/// Which names are valid (modern.ircdocs.horse, "Clients" and "Channels").
public enum Names {
  /// Letters, digits and ``[]\`_^{|}-`` of ASCII, at most so many, not beginning with a digit or `-`.
  public static func isValidNick(_ nick: String, maximumLength: Int) -> Bool {
    guard let first = nick.utf8.first, nick.utf8.count <= maximumLength else { return false }
    return !ASCII.isDigit(first) && first != UInt8(ascii: "-") && nick.utf8.allSatisfy(isNickByte)
  }

  /// `#` and at least one character; at most so many bytes with the `#`; no space, comma, wildcard (`*`, `?`) or
  /// control character of ASCII or C1.
  public static func isValidChannel(_ name: String, maximumLength: Int) -> Bool {
    guard isChannel(name), name.utf8.count >= 2, name.utf8.count <= maximumLength else { return false }
    return name.unicodeScalars.allSatisfy { scalar in
      scalar != "," && scalar != "*" && scalar != "?" && scalar.value > 0x20
        && !(0x7F...0x9F).contains(scalar.value)
    }
  }

  /// Printable ASCII without space, `!`, `@` and `:`; at least one. Its length is not limited here.
  public static func isValidUser(_ user: String) -> Bool {
    !user.isEmpty
      && user.utf8.allSatisfy { byte in
        (0x21...0x7E).contains(byte) && byte != UInt8(ascii: "!") && byte != UInt8(ascii: "@")
          && byte != UInt8(ascii: ":")
      }
  }

  /// Whether a target means a channel: it begins with `#`.
  public static func isChannel(_ target: String) -> Bool { target.utf8.first == UInt8(ascii: "#") }

  /// Labels of letters, digits and inner `-`, at most 63 bytes each and 253 in all; with at least one dot, which
  /// may be at the end (RFC 1123, section 2.1). A name without a dot could be taken for a nick.
  public static func isValidHostname(_ name: String) -> Bool {
    guard name.utf8.contains(UInt8(ascii: ".")), name.utf8.count <= 253 else { return false }
    var labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    if labels.last?.isEmpty == true { labels.removeLast() }
    return labels.allSatisfy { label in
      (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
        && label.allSatisfy { ASCII.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
    }
  }

  private static func isNickByte(_ byte: UInt8) -> Bool {
    // 5B–60 are [ \ ] ^ _ ` and 7B–7D are { | }.
    ASCII.isLetterOrDigit(byte) || (0x5B...0x60).contains(byte) || (0x7B...0x7D).contains(byte)
      || byte == UInt8(ascii: "-")
  }
}
