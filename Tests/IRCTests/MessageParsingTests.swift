import IRC
import Seeded
import Testing

@Suite("Parsing")
struct MessageParsingTests {
  private func failure(_ line: [UInt8], _ limits: ParserLimits = .server) -> ParseError? {
    do throws(ParseError) {
      _ = try Message(parsing: line, limits: limits)
      return nil
    } catch {
      return error
    }
  }

  private func failure(_ line: String, _ limits: ParserLimits = .server) -> ParseError? {
    failure(Array(line.utf8), limits)
  }

  @Test("a line of every part")
  func everyPart() throws {
    let message = try Message(parsing: "@id=1;+draft/reply=a\\sb :alice!a@host privmsg #room :hello  there ")
    #expect(message.tags == [Tag("id", "1"), Tag("+draft/reply", "a b")])
    #expect(message.tags.map(\.isClientOnly) == [false, true])
    #expect(message.source == "alice!a@host")
    #expect(message.command == "PRIVMSG")
    #expect(message.parameters == ["#room", "hello  there "])
    #expect(message[tag: "id"] == "1")
    #expect(message[tag: "none"] == nil)
  }

  @Test("several spaces count as one, and leading ones as none")
  func spaces() throws {
    let message = try Message(parsing: "  @a   :src   PING   x   :y ")
    #expect(message == Message(tags: [Tag("a")], source: "src", command: "PING", parameters: ["x", "y "]))
  }

  @Test("what is not a message says why")
  func errors() {
    #expect(failure("") == .empty)
    #expect(failure("    ") == .empty)
    #expect(failure("@a=b") == .noCommand)
    #expect(failure("@a=b ") == .noCommand)
    #expect(failure(":src") == .noCommand)
    #expect(failure(":src ") == .noCommand)
    #expect(failure("@ ") == .noCommand)
    #expect(failure("PRIV-MSG x") == .invalidCommand)
    #expect(failure("12 x") == .invalidCommand)
    #expect(failure("1234 x") == .invalidCommand)
    #expect(failure("12a x") == .invalidCommand)
    #expect(failure("ÉTAT x") == .invalidCommand)
    #expect(failure("PING a\0b") == .forbiddenByte)
    #expect(failure("PING a\rb") == .forbiddenByte)
    #expect(failure("PING a\nb") == .forbiddenByte)
    #expect(failure([0x50, 0x20, 0xFF]) == .invalidUTF8)
    #expect(failure(Array("@a=".utf8) + [0xC3] + Array(" PING".utf8)) == .invalidUTF8)
    #expect(failure([0x3A, 0x80, 0x20, 0x50]) == .invalidUTF8)
  }

  @Test("510 bytes of content are a line, 511 are refused and not cut")
  func lineLength() {
    let line = "PING " + String(repeating: "x", count: 505)
    #expect(failure(line) == nil)
    #expect(failure(line + "x") == .lineTooLong)
    #expect(failure("@a=b " + line) == nil)
    #expect(failure("@a=b " + line + "x") == .lineTooLong)
  }

  @Test("4096 bytes of tags with '@' and space are allowed, 4097 are not")
  func tagLength() {
    let tags = "@a=" + String(repeating: "x", count: 4092)
    #expect(failure(tags + " PING") == nil)
    #expect(failure(tags + "x PING") == .tagsTooLong)
    #expect(failure(tags + "x PING", .client) == nil)
    #expect(failure("@" + String(repeating: "x", count: 8189) + " PING", .client) == nil)
    #expect(failure("@" + String(repeating: "x", count: 8190) + " PING", .client) == .tagsTooLong)
    #expect(ParserLimits.server.contentBytes == 4096 + 510)
    #expect(ParserLimits.unlimited.contentBytes == .max)
  }

  @Test("tags without a key are left out and do not refuse the message")
  func emptyKeys() throws {
    #expect(try Message(parsing: "@;=x;;a=b=c; PING").tags == [Tag("a", "b=c")])
    #expect(try Message(parsing: "@ PING").tags == [])
    #expect(try Message(parsing: "@!? PING").tags == [Tag("!?")])
  }

  @Test("of duplicate tags the last counts, among few and among thousands")
  func duplicates() throws {
    #expect(try Message(parsing: "@a=1;b=2;a=3;a PING").tags == [Tag("a", ""), Tag("b", "2")])
    let many = (0..<1000).map { "k\($0 % 20)=\($0)" }.joined(separator: ";")
    let message = try Message(parsing: "@" + many + " PING", limits: .unlimited)
    #expect(message.tags.count == 20)
    #expect(message[tag: "k3"] == "983")
    #expect(message[tag: "k19"] == "999")
  }

  @Test("keys that are merely canonically equivalent stay two tags")
  func opaqueKeys() throws {
    #expect(try Message(parsing: "@\u{E9}=1;e\u{301}=2 PING").tags.count == 2)
  }

  @Test("thousands of different tags cost no quadratic time")
  func manyTags() throws {
    let many = (0..<50_000).map { "\($0)" }.joined(separator: ";")
    let start = ContinuousClock.now
    #expect(try Message(parsing: "@" + many + " PING", limits: .unlimited).tags.count == 50_000)
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  @Test("the fifteenth parameter takes the rest of the line")
  func fifteenParameters() throws {
    let words = (1...17).map(String.init)
    let message = try Message(parsing: "X " + words.joined(separator: " ") + "  ")
    #expect(message.parameters == Array(words[..<14]) + ["15 16 17"])
    let all = try Message(parsing: "X " + words.joined(separator: " "), limits: .client)
    #expect(all.parameters == words)
    let none = try Message(parsing: "X a b", limits: ParserLimits(tagBytes: 0, lineBytes: 512, maximumParameters: 0))
    #expect(none.parameters == [])
  }

  @Test("a client repairs other encodings, but drops the value of such a tag")
  func otherEncodings() throws {
    let line = Array("@a=".utf8) + [0xE9] + Array(";b=c :s PRIVMSG #r :caf".utf8) + [0xE9]
    let message = try Message(parsing: line, limits: .client)
    #expect(message.tags == [Tag("a"), Tag("b", "c")])
    #expect(message.parameters == ["#r", "caf\u{FFFD}"])
  }

  @Test("an empty source is none")
  func emptySource() throws {
    #expect(try Message(parsing: ": PING x").source == nil)
    #expect(try Message(parsing: "::x PING").source == ":x")
  }

  @Test("no bytes trap, and what parses is written and parsed to the same message", arguments: 0..<8)
  func randomBytes(seed: Int) throws {
    var generator = SeededRandom(seed: UInt64(seed))
    for _ in 0..<1500 {
      for limits in [ParserLimits.server, .client, .unlimited] {
        let line = generator.line(upTo: 80)
        guard let message = try? Message(parsing: line, limits: limits) else { continue }
        let again = try Message(parsing: message.wire, limits: .unlimited)
        #expect(again == message)
        #expect(again.wire == message.wire)
      }
    }
  }
}
