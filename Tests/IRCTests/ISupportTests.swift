import IRC
import Testing

@Suite("ISUPPORT")
struct ISupportTests {
  @Test("at most 13 tokens and 360 bytes in a line, in order, none lost")
  func lines() {
    let tokens: [(String, String?)] = (0..<30).map { ("TOKEN\($0)", $0 % 2 == 0 ? nil : "\($0)") }
    let lines = ISupport.lines(tokens)
    #expect(lines.map(\.count) == [13, 13, 4])
    #expect(lines.joined().first == "TOKEN0")
    #expect(lines.joined().dropFirst().first == "TOKEN1=1")
    #expect(ISupport.lines([]) == [])
    let long = ISupport.lines((0..<10).map { ("T\($0)", String(repeating: "x", count: 100)) })
    #expect(long.allSatisfy { $0.joined(separator: " ").utf8.count <= 360 })
    #expect(long.joined().count == 10)
  }

  @Test("values are escaped, and come back")
  func escapes() {
    let value = "a b\\c=d\u{7}é"
    let lines = ISupport.lines([("NETWORK", value), ("EMPTY", "")])
    #expect(lines == [["NETWORK=a\\x20b\\x5Cc\\x3Dd\\x07é", "EMPTY="]])
    var support = ISupport()
    support.apply(parameters: ["alice"] + lines.joined() + ["are supported by this server"])
    #expect(support.network == value)
    #expect(support["EMPTY"] == "")
    #expect(support["are supported by this server"] == nil)
  }

  @Test("before a server says anything the defaults of the field hold")
  func defaults() {
    let support = ISupport()
    #expect(support.prefix.map(\.mode) == ["o", "v"])
    #expect(support.chanTypes == "#&")
    #expect(support.caseMapping == .rfc1459)
    #expect(support.network == nil)
    #expect(support.nickLength == nil)
    #expect(support.lineLength == 512)
    #expect(support.chanModes == ModeGrammar(lists: "b", always: "k", whenSet: "l", flags: "imnpst", prefixes: "ov"))
  }

  @Test("typed values")
  func values() {
    var support = ISupport()
    support.apply(parameters: [
      "alice", "PREFIX=(qaohv)~&@%+", "CHANMODES=beI,k,l,imnst", "CASEMAPPING=ascii", "CHANTYPES=#", "NICKLEN=30",
      "MONITOR=", "CHATHISTORY=0", "UTF8ONLY", "WHOX", "BOT=B", "MODES=x", "STATUSMSG=~&@%+", "are supported",
    ])
    #expect(support.prefix.map(\.prefix) == ["~", "&", "@", "%", "+"])
    #expect(
      support.chanModes == ModeGrammar(lists: "beI", always: "k", whenSet: "l", flags: "imnst", prefixes: "qaohv"))
    #expect(support.caseMapping == .ascii)
    #expect(support.chanTypes == "#")
    #expect(support.nickLength == 30)
    #expect(support.monitorLimit == nil)
    #expect(support.chatHistoryLimit == nil)
    #expect(support.isUTF8Only)
    #expect(support.hasWHOX)
    #expect(support.botMode == "B")
    #expect(support.modesLimit == nil)
    #expect(support.statusMessage == "~&@%+")
  }

  @Test("tokens are taken back, and what is no token is left out")
  func tolerant() {
    var support = ISupport()
    support.apply(parameters: ["alice", "NICKLEN=30", "=x", "", "-", "-NONE", "A=b=c", "E=\\x2", "F=\\xZZ", "PREFIX=("])
    #expect(support.nickLength == 30)
    #expect(support["A"] == "b=c")
    #expect(support["E"] == "\\x2")
    #expect(support["F"] == "\\xZZ")
    #expect(support.prefix.count == 2)
    support.apply(parameters: ["alice", "-NICKLEN", "are supported by this server"])
    #expect(support.nickLength == nil)
    support.apply(parameters: [])
    support.apply(parameters: ["alice"])
  }

  @Test("a server cannot fill a client's memory with tokens")
  func bounded() {
    var support = ISupport()
    support.apply(parameters: ["alice"] + (0..<10_000).map { "T\($0)=x" })
    #expect(support.tokens.count == ISupport.maximumTokens)
    support.apply(parameters: ["alice", "T0=y"])
    #expect(support["T0"] == "y")
  }
}
