extension ISupport {
  /// `PREFIX`: mode letters and prefixes of members, the highest first. Without the token, operators and voice.
  public var prefix: [(mode: Character, prefix: Character)] {
    tokens["PREFIX"].flatMap(Self.prefixPairs) ?? [("o", "@"), ("v", "+")]
  }

  /// `CHANMODES` and `PREFIX` as a grammar. Without `CHANMODES`, the modes of RFC 1459.
  public var chanModes: ModeGrammar {
    var grammar = ModeGrammar(chanModes: tokens["CHANMODES"] ?? "b,k,l,imnpst", prefix: "") ?? ModeGrammar()
    grammar.prefixes = String(prefix.map(\.mode))
    return grammar
  }

  /// `CHANTYPES`: what channels begin with. Without the token `#&`.
  public var chanTypes: String { tokens["CHANTYPES"] ?? "#&" }

  /// `CASEMAPPING`. Without the token, or with one that is not known, `rfc1459`.
  public var caseMapping: CaseMapping { tokens["CASEMAPPING"].flatMap(CaseMapping.init(token:)) ?? .rfc1459 }

  /// `NETWORK`: the name to show for the network.
  public var network: String? { tokens["NETWORK"] }

  /// `STATUSMSG`: prefixes that address the members of a role, as in `@#channel`.
  public var statusMessage: String { tokens["STATUSMSG"] ?? "" }

  /// `BOT`: the user mode of bots (IRCv3 bot-mode).
  public var botMode: Character? { tokens["BOT"].flatMap(\.first) }

  /// `UTF8ONLY`: whether other encodings are refused (IRCv3 utf8-only).
  public var isUTF8Only: Bool { tokens["UTF8ONLY"] != nil }

  /// `WHOX`: whether `WHO` takes a list of fields.
  public var hasWHOX: Bool { tokens["WHOX"] != nil }

  /// `NICKLEN`: the most bytes of a nick.
  public var nickLength: Int? { number("NICKLEN") }

  /// `CHANNELLEN`: the most bytes of a channel's name.
  public var channelLength: Int? { number("CHANNELLEN") }

  /// `TOPICLEN`: the most bytes of a topic.
  public var topicLength: Int? { number("TOPICLEN") }

  /// `AWAYLEN`: the most bytes of an away message.
  public var awayLength: Int? { number("AWAYLEN") }

  /// `KICKLEN`: the most bytes of a reason for a kick.
  public var kickLength: Int? { number("KICKLEN") }

  /// `NAMELEN`: the most bytes of a real name (IRCv3 setname).
  public var realnameLength: Int? { number("NAMELEN") }

  /// `LINELEN`: the most bytes of a line with CR LF; 512 without the token.
  public var lineLength: Int { number("LINELEN") ?? 512 }

  /// `MODES`: the most modes with parameters in one `MODE` command; nil for no limit or without the token.
  public var modesLimit: Int? { number("MODES") }

  /// `MONITOR`: the most nicks to monitor; nil for no limit, or without support.
  public var monitorLimit: Int? { number("MONITOR") }

  /// `CHATHISTORY`: the most messages of one answer; nil for no limit, or without support (IRCv3 chathistory).
  public var chatHistoryLimit: Int? { number("CHATHISTORY").flatMap { $0 > 0 ? $0 : nil } }

  /// A token's value of one to nine digits.
  public func number(_ token: String) -> Int? { tokens[token].flatMap { ASCII.number($0) } }

  /// The pairs of `(ov)@+`; none for an empty text; nil when it is malformed.
  static func prefixPairs(_ text: String) -> [(mode: Character, prefix: Character)]? {
    if text.isEmpty { return [] }
    let scalars = Array(text.unicodeScalars.map(Character.init))
    guard scalars.first == "(", let close = scalars.firstIndex(of: ")") else { return nil }
    let modes = scalars[1..<close]
    let prefixes = scalars[(close + 1)...]
    guard modes.count == prefixes.count else { return nil }
    return Array(zip(modes, prefixes)).map { (mode: $0.0, prefix: $0.1) }
  }
}
