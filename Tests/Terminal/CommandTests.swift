import ParleyTerminalKit
import Testing

@Suite("The command line")
struct OptionTests {
  private func parse(_ line: String) throws -> Options {
    try OptionParser.parse(line.split(separator: " ").map(String.init))
  }

  @Test("chatting, with and without a link")
  func chat() throws {
    #expect(try parse("") == Options())
    let options = try parse("--nick bob ircs://host/#a -d /tmp/x --color=never")
    #expect(options.link == "ircs://host/#a")
    #expect(options.nick == "bob")
    #expect(options.directory == "/tmp/x")
    #expect(options.colour == .never)
  }

  @Test("one-shots")
  func oneShots() throws {
    #expect(try parse("send #a hello --json -x").action == .send(room: "#a", text: "hello --json -x"))
    #expect(try parse("--json send #a").action == .send(room: "#a", text: nil))
    #expect(try parse("tail #a -f").action == .tail(room: "#a", follow: true))
    #expect(try parse("history --since 2h #a --limit 5").action == .history(room: "#a", since: "2h"))
    #expect(try parse("search two words").action == .search(words: "two words"))
    #expect(try parse("rooms").action == .rooms(pattern: nil))
    #expect(try parse("rooms --all").action == .rooms(pattern: ""))
    #expect(try parse("rooms dev").action == .rooms(pattern: "dev"))
    #expect(try parse("--link ircs://h --nick n send #a").action == .send(room: "#a", text: nil))
  }

  @Test(
    "what has no meaning, or no effect, is refused",
    arguments: [
      "--nonsense", "send", "tail", "tail #a #b", "link1 link2", "--nick", "--limit 0 tail #a", "--limit x tail #a",
      "--since 2h tail #a", "-f send #a", "--limit 3", "--color=pink", "--timeout -1", "search", "--password x",
      "rooms a b",
    ])
  func refused(line: String) {
    #expect(throws: UsageError.self) { try parse(line) }
  }
}

@Suite("What is typed")
struct InputTests {
  @Test("text, commands, and what only looks like one")
  func lines() {
    #expect(InputLine("") == .nothing)
    #expect(InputLine("  \n ") == .nothing)
    #expect(InputLine("hello  ") == .say("hello"))
    #expect(InputLine("//usr/bin") == .say("/usr/bin"))
    #expect(InputLine("/join #a key") == .command(.join, Arguments("#a key")))
    #expect(InputLine("/SEA words") == .command(.search, Arguments("words")))
    #expect(InputLine("/part") == .command(.leave, Arguments("")))
    #expect(InputLine("/reply ab several\nlines") == .command(.reply, Arguments("ab several\nlines")))
  }

  @Test("mistakes say what would be right")
  func mistakes() {
    #expect(InputLine("/reply ab") == .mistake("It is: /reply TAG TEXT"))
    #expect(InputLine("/usr/bin") == .mistake("There is no command /usr/bin. /help lists them; //usr/bin says it."))
    #expect(InputLine("/le x") == .command(.leave, Arguments("x")))
    #expect(InputLine("/re") == .mistake("/re may be /reply or /react or /redact or /resend or /register."))
  }

  @Test("every command is in the table once, with one line of help")
  func table() {
    #expect(CommandTable.all.map(\.name.rawValue).sorted() == CommandName.allCases.map(\.rawValue).sorted())
    for spec in CommandTable.all {
      #expect(CommandTable.find(spec.name.rawValue) == .one(spec.name))
      #expect(!spec.help.isEmpty && !spec.help.contains("\n") && spec.help.count <= 75)
      #expect(spec.minimum <= spec.arguments.count)
    }
  }

  @Test("Tab: commands, addressed nicks, arguments, rooms, emoji")
  func completion() {
    let words = Completion.Words(
      nicks: ["Bob", "bea", "alice"], chats: ["#lobby", "#team", "bob"], tags: ["ab", "ac"])
    func tab(_ before: String, _ word: String) -> [String] {
      Completion(before: before, word: word, words: words).candidates
    }
    #expect(tab("", "/jo") == ["/join"])
    #expect(tab("", "b") == ["Bob:", "bea:"])
    #expect(tab("hello ", "b") == ["Bob", "bea"])
    #expect(tab("hello ", "@a") == ["alice"])
    #expect(tab("/msg ", "a") == ["alice"])
    #expect(tab("/msg alice hi ", "b") == ["Bob", "bea"])
    #expect(tab("/go ", "#t") == ["#team"])
    #expect(tab("/react ", "a") == ["ab", "ac"])
    #expect(tab("see ", "#l") == ["#lobby"])
    #expect(tab("", ":rocket") == ["🚀"])
    #expect(tab("nothing ", "x").isEmpty)
  }

  @Test("a nick that would move the cursor is not offered")
  func hostileNick() {
    let words = Completion.Words(nicks: ["b\u{1B}[2J", "b\u{202E}", "bob"], chats: [], tags: [])
    #expect(Completion(before: "x ", word: "b", words: words).candidates == ["bob"])
  }

  @Test("who spoke last is offered first; who has left is not")
  func speakers() {
    var speakers = RecentSpeakers()
    for nick in ["alice", "bob", "gone", "alice"] { speakers.spoke(nick, in: 1) }
    #expect(speakers.ordered(["bob", "carol", "alice"], in: 1) == ["alice", "bob", "carol"])
    #expect(speakers.ordered([], in: 1) == ["alice", "gone", "bob"])
    #expect(speakers.ordered(["bob"], in: 2) == ["bob"])
  }

  @Test("typed lines survive their file, also those of several lines")
  func typedLines() {
    var lines = TypedLines()
    var file = ""
    for line in ["one", "two\nlines", "back\\slash\\n", "one"] { file += lines.add(line) ?? "" }
    #expect(lines.add("one") == nil)
    #expect(TypedLines(file: file).lines == ["one", "two\nlines", "back\\slash\\n", "one"])
    for number in 0..<600 { _ = lines.add("\(number)") }
    #expect(lines.lines.count == TypedLines.most)
    #expect(TypedLines(file: lines.file) == lines)
  }

  @Test("the configuration's file, and its mistakes")
  func configuration() throws {
    let configuration = try Configuration(
      "# mine\ncolor = never\n\njoins=off\npassword-command = secret-tool lookup a b=c\n")
    #expect(configuration.colour == .never)
    #expect(!configuration.showsJoins)
    #expect(configuration.passwordCommand == "secret-tool lookup a b=c")
    #expect(throws: UsageError("line 2: color cannot be 'pink'")) { try Configuration("bell = on\ncolor = pink") }
    #expect(throws: UsageError("line 1: it is NAME = VALUE")) { try Configuration("bell") }
    #expect(throws: UsageError.self) { try Configuration("nonsense = 1") }
  }
}
