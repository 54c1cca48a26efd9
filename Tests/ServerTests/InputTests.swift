import IRC
import NIOCore
import ParleyCore
import ParleyServer
import Testing

@Suite("What clients send")
struct InputTests {
  private func lines(_ chunks: [UInt8]...) -> [String] {
    var framer = LineFramer(limit: ParserLimits.server.contentBytes)
    var lines: [InboundLine] = []
    for chunk in chunks { chunk.withUnsafeBytes { InboundLine.collect($0, with: &framer, into: &lines) } }
    return lines.map {
      switch $0 {
      case .message(let message): message.command
      case .tooLong: "too long"
      case .invalidUTF8(let command, let label): "not UTF-8: \(command)\(label.map { " \($0)" } ?? "")"
      case .invalidCommand: "invalid command"
      case .malformed: "malformed"
      }
    }
  }

  @Test("Lines come out as messages, however they are cut")
  func framing() {
    #expect(
      lines(Array("PING 1\r\nPI".utf8), Array("NG 2\r".utf8), Array("\nQUIT\n".utf8)) == ["PING", "PING", "QUIT"])
  }

  @Test("What is no message says why")
  func errors() {
    #expect(lines(Array("PING \(String(repeating: "x", count: 600))\r\n".utf8)) == ["too long"])
    #expect(lines(Array("@\(String(repeating: "x", count: 5000)) PING\r\n".utf8)) == ["too long"])
    #expect(lines(Array("@a=b :x privmsg #c :".utf8) + [0xFF, 0x0A]) == ["not UTF-8: PRIVMSG"])
    #expect(lines(Array(":".utf8) + [0xFF] + Array(" notice #c\n".utf8)) == ["not UTF-8: NOTICE"])
    #expect(lines(Array("@label=l1 PRIVMSG #c :".utf8) + [0xFF, 0x0A]) == ["not UTF-8: PRIVMSG l1"])
    #expect(lines(Array("@label=".utf8) + [0xFF] + Array(" PRIVMSG #c :x\n".utf8)) == ["not UTF-8: PRIVMSG"])
    #expect(lines([0xFF, 0xFE, 0x0A]) == ["invalid command"])
    #expect(lines(Array("PING\0 x\r\n".utf8)) == ["malformed"])
    #expect(lines(Array(":only\r\n".utf8)) == ["malformed"])
  }

  @Test(
    "Browsers and TLS clients at the plaintext port are recognised",
    arguments: [
      ("GET / HTTP/1.1\r\n", true), ("POST /x", true), ("\u{16}\u{03}\u{01}", true),
      ("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n", true), ("\r\n\r\n\0\r\nQUIT\n", true), ("PROXYTCP", false),
      ("NICK a\r\n", false),
      ("GETX", false), ("", false),
    ])
  func foreign(text: String, isForeign: Bool) {
    #expect(ForeignProtocol.isSpoken(in: ByteBuffer(string: text).readableBytesView) == isForeign)
  }

  @Test("A client may send a burst, then waits")
  func rate() {
    var settings = ServerSettings(dataFolder: "")
    settings.lineBurst = 5
    settings.linesPerSecond = 2
    let limits = ConnectionLimits(settings)
    var rate = LineRate()
    rate.fill(limits)
    #expect(rate.available(limits) == 5)
    rate.spend(5)
    #expect(rate.available(limits) == 0)
    #expect((1...501).contains(rate.millisecondsToNext(limits)))
  }

  @Test("A full mailbox says so until it has been emptied")
  func congestion() {
    let mailbox = Mailbox()
    #expect(mailbox.post([.tick], lines: 10))
    #expect(!mailbox.post([.tick, .tick], lines: Mailbox.congestionLines))
    let taken = mailbox.take(waiting: 0)
    #expect(taken.events.count == 3)
    #expect(taken.wasCongested)
    #expect(mailbox.post([.tick], lines: 1))
    #expect(!mailbox.take(waiting: 0).wasCongested)
    #expect(mailbox.take(waiting: 1).events.isEmpty)
  }
}
