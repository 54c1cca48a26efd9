import ParleyTerminalKit
import Testing

@Suite("JSON, one value on a line")
struct JSONTests {
  private func read(_ text: String) throws -> JSON { try JSONReader.read(Array(text.utf8)) }

  @Test("a command as scripts write it")
  func command() throws {
    let value = try read(
      ##" {"cmd":"send", "room":"#a","text":"x\n\"y\" \u00fc \ud83d\ude80","id":1,"more":[true,null,-2.5e1]} "##)
    #expect(value["cmd"]?.stringValue == "send")
    #expect(value["text"]?.stringValue == "x\n\"y\" ü 🚀")
    #expect(value["id"]?.integerValue == 1)
    #expect(value["more"] == .array([.bool(true), .null, .number(-25)]))
    #expect(value["none"] == nil)
  }

  @Test(
    "what RFC 8259 does not allow is refused",
    arguments: [
      "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "01", "1.", ".5", "-", "+1", "1e", "1e400", "nul",
      "truefalse", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud83d\"", "\"\\ude80\"", "\"\\ud83d\\u0041\"", "\"a\nb\"", "1 2",
      "'a'",
      "{\"a\":1,\"a\":2}", "NaN", "[1 2]",
    ])
  func refused(text: String) {
    #expect(throws: JSONError.self) { try read(text) }
  }

  @Test("bytes that are not UTF-8 are refused, and told where")
  func notUTF8() {
    #expect(throws: JSONError(offset: 1, reason: "the string is not UTF-8")) {
      try JSONReader.read([0x22, 0xC3, 0x28, 0x22])
    }
  }

  @Test("nesting has an end before the stack has")
  func depth() throws {
    let deep = { (count: Int) in String(repeating: "[", count: count) + String(repeating: "]", count: count) }
    #expect(throws: Never.self) { try read(deep(JSONReader.maximumDepth)) }
    #expect(throws: JSONError.self) { try read(deep(JSONReader.maximumDepth + 1)) }
    #expect(throws: JSONError.self) { try read(String(repeating: "[", count: 1_000_000)) }
  }

  @Test("what is written is read again, and holds nothing that a terminal obeys")
  func roundTrip() throws {
    let everything =
      String(String.UnicodeScalarView((0...0x2100).compactMap { Unicode.Scalar($0 as UInt32) })) + "\u{2066}🚀"
    let value = JSON.object([
      JSON.Member("text", .string(everything)), JSON.Member("least", .integer(.min)), JSON.Member("half", .number(0.5)),
      JSON.Member("list", .array([.null, .bool(false), .object([])])),
    ])
    let line = value.line
    #expect(try read(line) == value)
    #expect(!line.unicodeScalars.contains { Sanitizer.isControl($0) || Sanitizer.isDirection($0) })
  }

  @Test("a row is told with all that a script needs")
  func row() {
    var row = Row(id: 7, chat: 2, kind: .text, time: 1_795_000_000_123, nick: "bob", text: "hi")
    row.networkID = "abc"
    let place = EventJSON.Place(identity: 3, network: "Net", host: "irc.example.org")
    let object = EventJSON.row("message", row, place, room: "#a")
    #expect(
      object.line
        == ##"{"v":1,"event":"message","time":"2026-11-18T11:06:40.123Z","identity":3,"network":"Net","##
        + ##""host":"irc.example.org","room":"#a","message":7,"##
        + ##""msgid":"abc","kind":"text","state":"sent","nick":"bob","account":null,"text":"hi","own":false,"mention":false}"##
    )
    row.isReply = true
    row.replyNetworkID = "xyz"
    let reply = EventJSON.row("message", row, place, room: "#a")
    #expect(reply["reply"] == .null && reply["reply_msgid"] == .string("xyz"))
  }
}
