import IRC
import Seeded
import Testing

@Suite("Encoding")
struct MessageEncodingTests {
  private func failure(_ message: Message) -> EncodeError? {
    do throws(EncodeError) {
      try message.validate()
      return nil
    } catch {
      return error
    }
  }

  @Test("a line ends with CR LF and is appended")
  func appended() {
    var bytes = Array("x".utf8)
    Message(source: "s", command: "PING", parameters: ["a"]).encode(into: &bytes)
    #expect(bytes == Array("x:s PING a\r\n".utf8))
  }

  @Test("the last parameter has a colon only when it needs one")
  func colon() {
    #expect(Message(command: "X", parameters: ["a", "b"]).wire == "X a b")
    #expect(Message(command: "X", parameters: ["a", ""]).wire == "X a :")
    #expect(Message(command: "X", parameters: ["a", ":b"]).wire == "X a ::b")
    #expect(Message(command: "X", parameters: ["a", "b c"]).wire == "X a :b c")
    #expect(Message(command: "X", parameters: ["a", "b:c"]).wire == "X a b:c")
    #expect(Message(command: "X").wire == "X")
  }

  @Test("tag values are escaped, and empty ones have no '='")
  func tags() throws {
    let message = Message(tags: [Tag("a", "; \\\r\n"), Tag("b"), Tag("+c", "é")], command: "X")
    #expect(message.wire == "@a=\\:\\s\\\\\\r\\n;b;+c=é X")
    #expect(try Message(parsing: message.wire) == message)
  }

  @Test("a line break in any part never makes a second line")
  func injection() {
    let evil = "x\r\nQUIT\0"
    let message = Message(
      tags: [Tag("a\r\nb", evil)], source: evil, command: "X\n", parameters: [evil, "\n", "end" + evil])
    var bytes: [UInt8] = []
    message.encode(into: &bytes)
    #expect(bytes.suffix(2) == [0x0D, 0x0A])
    #expect(!bytes.dropLast(2).contains { $0 == 0 || $0 == 0x0A || $0 == 0x0D })
  }

  @Test("a middle parameter that cannot stand there is written as '*' and moves nothing")
  func middle() {
    #expect(Message(command: "X", parameters: ["", "a b", ":c", "d"]).wire == "X * * * d")
  }

  @Test("validate names the part that cannot be written")
  func validation() {
    #expect(failure(Message(tags: [Tag("+a.example/b-1", "x\n")], source: "s", command: "PING")) == nil)
    #expect(failure(Message(command: "001", parameters: ["a", "b c"])) == nil)
    for key in ["", "+", "a b", "a=b", "a;b", "a/", "/a", "++a", "a/b/c", "é"] {
      #expect(failure(Message(tags: [Tag(key)], command: "X")) == .invalidTagKey(key))
    }
    #expect(failure(Message(tags: [Tag("a", "\0")], command: "X")) == .invalidTagValue(key: "a"))
    for source in ["", "a b", "a\n", "a\0"] {
      #expect(failure(Message(source: source, command: "X")) == .invalidSource)
    }
    for command in ["", "A B", "A\n", "12", "A1", "é"] {
      #expect(failure(Message(command: command)) == .invalidCommand)
    }
    for middle in ["", "a b", ":a", "a\n", "a\0", "a\r"] {
      #expect(failure(Message(command: "X", parameters: ["a", middle, "b"])) == .invalidParameter(1))
    }
    #expect(failure(Message(command: "X", parameters: ["a\nb"])) == .invalidParameter(0))
    #expect(failure(Message(command: "X", parameters: ["a", ""])) == nil)
  }

  @Test("what validates comes back from the parser as it was", arguments: 0..<4)
  func roundTrip(seed: Int) throws {
    var generator = SeededRandom(seed: UInt64(seed) + 100)
    var validCount = 0
    for _ in 0..<2000 {
      func text(_ length: Int) -> String { String(decoding: generator.line(upTo: length), as: UTF8.self) }
      let message = Message(
        tags: Bool.random(using: &generator) ? [Tag("a", text(6)), Tag("+b/c", text(6))] : [],
        source: Bool.random(using: &generator) ? text(5) : nil, command: "TEST", parameters: [text(3), text(12)])
      guard failure(message) == nil else { continue }
      validCount += 1
      #expect(try Message(parsing: message.wire) == message)
    }
    #expect(validCount > 100)
  }

  @Test("a standard reply has code, context and description")
  func standardReply() {
    let reply = StandardReply(
      .fail, command: "CHATHISTORY", code: "INVALID_TARGET", context: ["LATEST", "a b"], description: "Not found")
    #expect(reply.message.wire == "FAIL CHATHISTORY INVALID_TARGET LATEST * :Not found")
    let warning = StandardReply(.warn, command: "", code: "X", description: "y")
    #expect(warning.message.wire == "WARN * X y")
    #expect(StandardReply.Kind.note.rawValue == "NOTE")
  }
}
