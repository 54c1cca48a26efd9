import ParleyTerminalKit
import Testing

@Suite("Text of others, before it reaches a terminal")
struct SanitizerTests {
  @Test(
    "what terminals obey is shown, not sent",
    arguments: [
      ("\u{1B}[31mred\u{1B}[0m", "␛[31mred␛[0m"), ("\u{1B}]0;title\u{07}", "␛]0;title␇"),
      ("a\u{9B}31mb", "a\u{FFFD}31mb"),
      ("a\u{08}\u{7F}b", "a␈␡b"), ("a\tb", "a b"), ("a\r\nb\nc", "a⏎b⏎c"), ("a\rb", "a␍b"), ("a\u{2028}b", "a⏎b"),
      ("abc\u{202E}fdp.exe", "abcfdp.exe"), ("\u{2066}a\u{2069}", "a"), ("a\u{200B}\u{FEFF}b", "ab"),
      ("\u{02}bold\u{0F} \u{1D}italic", "bold italic"), ("\u{03}04,12red\u{03}", "red"), ("\u{03}1,text", ",text"),
      ("\u{03}123", "3"), ("\u{04}ff0000red", "red"), ("plain, ünïcödé 🚀 👩‍👩‍👧", "plain, ünïcödé 🚀 👩‍👩‍👧"),
    ])
  func line(text: String, shown: String) {
    #expect(Sanitizer.line(text) == shown)
  }

  @Test("marks that climb over other lines are cut")
  func marks() {
    let shown = Sanitizer.line("z" + String(repeating: "\u{0301}", count: 500) + "a")
    #expect(shown.unicodeScalars.count == 8)
    #expect(shown.hasSuffix("a"))
  }

  @Test("no scalar whatever gets through as a control or a direction")
  func everyScalar() {
    for value in 0...0x10FFFF as ClosedRange<UInt32> {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let shown = Sanitizer.text(String(Character(scalar)))
      #expect(!shown.unicodeScalars.contains { ($0 != "\n" && Sanitizer.isControl($0)) || Sanitizer.isDirection($0) })
    }
  }
}

@Suite("Columns")
struct WidthTests {
  @Test(
    "of what people write",
    arguments: [
      ("abc", 3), ("", 0), ("日本", 4), ("é", 1), ("e\u{0301}", 1), ("🚀", 2), ("👩‍👩‍👧", 2), ("❤️", 2), ("❤", 1), ("한국", 4),
      ("ｗ", 2), ("─│", 2), ("🇩🇪", 2),
    ])
  func width(text: String, columns: Int) {
    #expect(Width.of(text) == columns)
  }

  @Test("a text is shortened to what fits, the mark included")
  func shortened() {
    #expect(Width.shortened("abcdef", to: 6) == "abcdef")
    #expect(Width.shortened("abcdefg", to: 6) == "abcde…")
    #expect(Width.shortened("日本語", to: 4) == "日…")
    #expect(Width.shortened("abc", to: 0).isEmpty)
  }

  @Test("lines break at spaces, and in words only where a word is wider than a line")
  func wrapping() {
    #expect(Wrapping.lines("the quick brown fox", width: 10) == ["the quick", "brown fox"])
    #expect(Wrapping.lines("abcdefghijkl", width: 5) == ["abcde", "fghij", "kl"])
    #expect(Wrapping.lines("a\n\nb", width: 5) == ["a", "", "b"])
    #expect(Wrapping.lines("  code", width: 20) == ["  code"])
    #expect(Wrapping.lines("日本語日本語", width: 5) == ["日本", "語日", "本語"])
    #expect(Wrapping.lines("", width: 5) == [""])
  }

  @Test("an address that is wider than a line is not broken, and stands alone")
  func addresses() {
    let address = "https://example.org/" + String(repeating: "x", count: 40)
    #expect(
      Wrapping.pieces("see \(address) for more", width: 20) == [
        Wrapping.Piece("see"), Wrapping.Piece(address, isWhole: true), Wrapping.Piece("for more"),
      ])
    #expect(Wrapping.pieces(address, width: 20) == [Wrapping.Piece(address, isWhole: true)])
    #expect(
      Wrapping.pieces("\(address) \(address)", width: 20) == [
        Wrapping.Piece(address, isWhole: true), Wrapping.Piece(address, isWhole: true),
      ])
    // One that fits, and what is no address, are as before.
    #expect(Wrapping.pieces("a https://a.b c", width: 20) == [Wrapping.Piece("a https://a.b c")])
    let word = String(repeating: "y", count: 50)
    #expect(Wrapping.pieces(word, width: 20).map(\.text) == Wrapping.lines(word, width: 20))
    let endless = "https://" + String(repeating: "z", count: 5_000)
    #expect(Wrapping.pieces(endless, width: 20).allSatisfy { !$0.isWhole && Width.of($0.text) <= 20 })
    #expect(Wrapping.pieces("", width: 5) == [Wrapping.Piece("")])
    #expect(Wrapping.pieces("a\n\nb", width: 5).map(\.text) == ["a", "", "b"])
  }

  @Test("no line is wider than asked, and no word is lost", arguments: [2, 3, 7, 20, 79])
  func bounds(width: Int) {
    let text = (0..<300).map { String(repeating: $0 % 7 == 0 ? "語" : "x", count: $0 % 23) }.joined(separator: " ")
    let lines = Wrapping.lines(text, width: width)
    #expect(lines.allSatisfy { Width.of($0) <= width })
    #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " })
  }
}

@Suite("Times")
struct TimeTests {
  private let now: Int64 = 1_795_000_000_000  // 2026-11-18 11:06:40 UTC, a Wednesday

  @Test("for people and for programs")
  func forms() {
    #expect(Clock.utc.time(now) == "11:06")
    #expect(Clock.utc.dayName(now) == "Wednesday, 18 November 2026")
    #expect(Clock.utc.dateAndTime(now) == "2026-11-18 11:06")
    #expect(Clock.iso8601(-1) == "1969-12-31T23:59:59.999Z")
  }

  @Test("a server's nonsense is bounded", arguments: [Int64.min, Int64.max])
  func bounds(moment: Int64) {
    #expect(Clock.iso8601(moment).hasSuffix("Z"))
    #expect(!Clock.local.dayName(moment).isEmpty)
  }

  @Test(
    "--since",
    arguments: [
      ("2h", 1_794_992_800_000), ("30m", 1_794_998_200_000), ("7d", 1_794_395_200_000),
      ("2026-11-18", 1_794_960_000_000),
      ("2026-11-18T09:30", 1_794_994_200_000), ("2026-11-18 09:30:05Z", 1_794_994_200_000),
      ("09:30", 1_794_994_200_000),
    ] as [(String, Int64)])
  func since(text: String, moment: Int64) {
    #expect(Since.moment(text, now: now, clock: .utc) == moment)
  }

  @Test(
    "what is no time",
    arguments: [
      "", "yesterday", "2026-02-30", "2026-13-01", "25:00", "12:60", "h", "-1h", "9999999h", "2026-11-18 x", "1.5h",
    ])
  func noTime(text: String) {
    #expect(Since.moment(text, now: now, clock: .utc) == nil)
  }
}

@Suite("Links and names")
struct LinkRoomTests {
  @Test(
    "the room of a link",
    arguments: [
      ("ircs://h:6697/#a?fp=sha256:00", "#a"), ("irc://h/a", "#a"), ("h/#a", "#a"), ("irc://h/%23a", "#a"),
      ("irc://[::1]:6667/&b", "&b"), ("irc://h", nil), ("irc://h/", nil), ("irc://h?x=/#a", nil), ("irc://h/#a b", nil),
      ("irc://h/#a,#b", nil), ("irc://h/%2", nil), ("irc://h/%ff", nil), ("", nil),
    ] as [(String, String?)])
  func room(link: String, room: String?) {
    #expect(LinkRoom.of(link) == room)
  }

  @Test("sums of texts differ, and are the same in every run")
  func sums() {
    #expect(TextHash.hex("") == "cbf29ce484222325" + TextHash.hex("").suffix(16))
    #expect(TextHash.hex("a").count == 32)
    #expect(Set((0..<1000).map { TextHash.hex("text \($0)") }).count == 1000)
  }
}
