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
      case .tooLong(let label): "too long\(label.map { ": \($0)" } ?? "")"
      case .invalidUTF8(let command, let label): "not UTF-8: \(command)\(label.map { " \($0)" } ?? "")"
      case .invalidCommand(let label): "invalid command\(label.map { ": \($0)" } ?? "")"
      case .forbiddenByte(let command, let label): "forbidden byte: \(command)\(label.map { " \($0)" } ?? "")"
      case .malformed: "malformed"
      case .end: "end"
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
    #expect(lines(Array("@label=l PING \0x\r\n".utf8)) == ["forbidden byte: PING l"])
    #expect(lines(Array(":only\r\n".utf8)) == ["malformed"])
  }

  @Test("A line that cannot be carried out has its label, wherever that can be read")
  func labels() {
    let long = String(repeating: "x", count: 600), longer = String(repeating: "x", count: 9_000)
    for (text, expected) in [
      ("@label=l PING \(long)", "too long: l"), ("@label=l PING \(longer)", "too long: l"),
      ("@a;label=l;b=c PING \(longer)", "too long: l"), ("@label=l;label=m PING \(longer)", "too long: m"),
      ("@label=l;+x=\(String(repeating: "x", count: 4_200)) PING", "too long: l"),
      ("@label=l;+x=\(longer) PING", "too long"), ("@labels=l;+label=m PING \(longer)", "too long"),
      ("@label=l\\sm PING \(longer)", "too long: l m"), ("@label PING \(longer)", "too long: "),
      ("@label=l PRIV-MSG x", "invalid command: l"), ("@label=l;x=\0 PING", "forbidden byte: PING l"),
      ("@label=l\0 PING", "forbidden byte: PING"),
      ("@label=l;" + (0..<64).map { "+t\($0)" }.joined(separator: ";") + " PING", "too long: l"),
      ("@label=l;" + (0..<63).map { "+t\($0)" }.joined(separator: ";") + " PING", "PING"),
    ] {
      let bytes = Array("\(text)\r\n".utf8)
      #expect(lines(bytes) == [expected], "\(text.prefix(40))")
      #expect(lines(Array(bytes.prefix(300)), Array(bytes.dropFirst(300))) == [expected], "\(text.prefix(40))")
    }
    #expect(lines(Array("@label=l;x=".utf8) + [0xFF] + Array(" PING\n".utf8)) == ["not UTF-8: PING l"])
  }

  @Test(
    "Clients of other protocols are recognised by their first line, however it is cut",
    arguments: [
      ("GET / HTTP/1.1\r\n", .foreign(.http(isHead: false, isHTTP2: false))),
      ("HEAD /x", .foreign(.http(isHead: true, isHTTP2: false))),
      ("POST /x", .foreign(.http(isHead: false, isHTTP2: false))),
      ("\r\nPUT /x HTTP/1.1\r\n", .foreign(.http(isHead: false, isHTTP2: false))),
      ("PROPFIND /x HTTP/1.1\r\n", .foreign(.http(isHead: false, isHTTP2: false))),
      ("m-search * http/1.1\n", .foreign(.http(isHead: false, isHTTP2: false))),
      ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .foreign(.http(isHead: false, isHTTP2: true))),
      ("\u{16}\u{03}\u{01}", .foreign(.tls)), ("\u{16}", .undecided), ("\u{16}x\r\n", .irc),
      ("PROXY TCP4 1.1.1.1 2.2.2.2 1 2\r\n", .foreign(.proxy)), ("\r\n\r\n\0\r\nQUIT\n", .foreign(.proxy)),
      ("PROXYTCP\r\n", .irc), ("NICK a\r\n", .irc), ("GETX\r\n", .irc), ("GETX", .undecided), ("", .undecided),
      ("\r\n", .undecided), ("\r\nNICK a\r\n", .irc), ("USER a b HTTP/1.1\r\n", .irc),
      ("PRIVMSG #a :HTTP/1.1 is old\r\n", .irc), (String(repeating: "x", count: 101), .irc),
      ("XYZZY /" + String(repeating: "x", count: 101), .foreign(.http(isHead: false, isHTTP2: false))),
    ] as [(String, ForeignProtocol.Guess)])
  func foreign(text: String, expected: ForeignProtocol.Guess) {
    func guess(_ text: some Sequence<UInt8>) -> ForeignProtocol.Guess {
      ForeignProtocol.guess(ByteBuffer(bytes: text).readableBytesView, limit: 100)
    }
    let bytes = Array(text.utf8)
    #expect(guess(bytes) == expected)
    // The first decision is the last one, so that nothing depends on how the bytes arrive.
    let first = bytes.indices.map { guess(bytes[...$0]) }.first { $0 != .undecided }
    #expect((first ?? .undecided) == expected)
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
    #expect(!rate.isUnlimited(limits))
    // Also for those who were there before a reload.
    for change in [\ServerSettings.lineBurst, \ServerSettings.linesPerSecond] {
      var free = settings
      free[keyPath: change] = 0
      #expect(rate.isUnlimited(ConnectionLimits(free)))
    }
    rate.isTrusted = true
    #expect(rate.isUnlimited(limits))
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
