/// What a server supports, as its `005` lines say (modern.ircdocs.horse, "RPL_ISUPPORT Parameters").
public struct ISupport: Sendable {
  /// The most tokens that are kept of what a server sends.
  public static let maximumTokens = 512

  /// The unescaped value of each token, `""` for one without.
  public private(set) var tokens: [String: String] = [:]

  /// A server that has not said anything yet.
  public init() {}

  /// The unescaped value of a token, `""` for one without; nil when it was not announced.
  public subscript(token: String) -> String? { tokens[token] }

  /// Takes all parameters of one `005` message: the client's name, the tokens and, at the end, a text for people, which
  /// is told from tokens by its spaces. `-TOKEN` takes a token back. Never fails; what cannot be a token is left out.
  public mutating func apply(parameters: [String]) {
    var list = parameters.dropFirst()
    if list.last?.utf8.contains(UInt8(ascii: " ")) == true { list = list.dropLast() }
    for token in list {
      if token.utf8.first == UInt8(ascii: "-") {
        tokens[String(token.dropFirst())] = nil
        continue
      }
      let parts = token.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = parts.first, !name.isEmpty else { continue }
      guard tokens.count < Self.maximumTokens || tokens[String(name)] != nil else { continue }
      tokens[String(name)] = parts.count > 1 ? Self.unescape(parts[1]) : ""
    }
  }

  /// The parameters of `005` lines, at most 13 tokens and 360 bytes in each, without the client's name before and the
  /// text behind them. Spaces, `\`, `=` and control characters of values are escaped as `\x20`.
  public static func lines(_ tokens: [(String, String?)]) -> [[String]] {
    var lines: [[String]] = []
    var size = 0
    for (name, value) in tokens {
      let token = value.map { name + "=" + escape($0) } ?? name
      size += token.utf8.count + 1
      if let last = lines.last, last.count < 13, size <= 360 {
        lines[lines.count - 1].append(token)
      } else {
        lines.append([token])
        size = token.utf8.count + 1
      }
    }
    return lines
  }

  private static func escape(_ value: String) -> String {
    guard value.utf8.contains(where: needsEscape) else { return value }
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in value.utf8 {
      if needsEscape(byte) {
        bytes += [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "=")
  }

  private static func unescape(_ value: Substring) -> String {
    guard value.utf8.contains(UInt8(ascii: "\\")) else { return String(value) }
    let source = Array(value.utf8)
    var bytes: [UInt8] = []
    var position = 0
    while position < source.count {
      if source[position] == UInt8(ascii: "\\"), source.count - position >= 4,
        source[position + 1] == UInt8(ascii: "x"),
        let high = ASCII.hexadecimal(source[position + 2]), let low = ASCII.hexadecimal(source[position + 3])
      {
        bytes.append(high << 4 | low)
        position += 4
      } else {
        bytes.append(source[position])
        position += 1
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
