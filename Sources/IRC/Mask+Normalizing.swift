extension Mask {
  /// What a person typed as a ban, as `nick!user@host` with `*` for what is missing.
  ///
  /// `nick` → `nick!*@*`, `user@host` → `*!user@host`, `nick!user` → `nick!user@*`; a word with `.` or `:`, which no nick
  /// has, is a host: `192.0.2.*` → `*!*@192.0.2.*`. Extended bans are the caller's to take out first.
  public static func normalized(_ text: String) -> String {
    let source = Source(parsing: text)
    func part(_ text: String?) -> String { text.flatMap { $0.isEmpty ? nil : $0 } ?? "*" }
    if source.user == nil, source.host == nil {
      let isHost = text.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
      return isHost ? "*!*@" + text : part(text) + "!*@*"
    }
    if source.user == nil { return "*!" + part(source.name) + "@" + part(source.host) }
    return part(source.name) + "!" + part(source.user) + "@" + part(source.host)
  }

  /// A pattern that matches `text` and nothing else (but for the case of letters).
  public static func escaped(_ text: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "\\") {
        bytes.append(UInt8(ascii: "\\"))
      }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
