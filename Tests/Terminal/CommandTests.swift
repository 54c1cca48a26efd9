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
    #expect(try parse("help").action == .help)
    #expect(try parse("version").action == .version)
  }

  @Test("standard input is read only when it is asked for")
  func input() throws {
    #expect(try parse("send #a").readsInput)
    #expect(try parse("send #a -").action == .send(room: "#a", text: nil))
    #expect(try parse("send #a - x").action == .send(room: "#a", text: "- x"))
    #expect(try !parse("send #a text").readsInput)
    #expect(try !parse("tail #a -f").readsInput)
    for text in ["", " ", "\n"] {
      #expect(throws: UsageError("There is no text to send")) { try OptionParser.parse(["send", "#a", text]) }
    }
    #expect(throws: UsageError("There is no text to send")) { try OptionParser.parse(["send", "#a", "", ""]) }
    let lines = try parse("--lines send #a")
    #expect(lines.isByLine && lines.readsInput)
  }

  @Test("keys and places to begin")
  func keys() throws {
    #expect(try OptionParser.parse(["--key", "build 7", "send", "#a", "x"]).key == "build 7")
    #expect(try parse("tail #a -f --after abc").after == "abc")
    #expect(try parse("--after=abc history #a").after == "abc")
  }

  @Test("an unknown command is named, and not what follows it")
  func unknownCommand() {
    #expect(throws: UsageError("There is no command 'sned'; see parley --help")) { try parse("sned #a text") }
    #expect(throws: UsageError("There is no command 'sned'; see parley --help")) { try parse("--link h sned #a") }
  }

  @Test(
    "what has no meaning, or no effect, is refused",
    arguments: [
      "--nonsense", "send", "tail", "tail #a #b", "link1 link2", "--nick", "--limit 0 tail #a", "--limit x tail #a",
      "--since 2h tail #a", "-f send #a", "--limit 3", "--color=pink", "--timeout -1", "search", "--password x",
      "rooms a b", "--lines tail #a", "--lines send #a text", "--key k tail #a", "--key k --lines send #a",
      "--after x send #a", "--after x --since 2h history #a", "--key send",
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
    #expect(InputLine("/names") == .command(.who, Arguments("")))
    #expect(InputLine("/query bob hi") == .command(.query, Arguments("bob hi")))
    #expect(InputLine("/ns identify x") == .command(.nickserv, Arguments("identify x")))
    #expect(InputLine("/quit see you") == .command(.quit, Arguments("see you")))
    #expect(InputLine(" /usr/bin") == .say(" /usr/bin"))
    #expect(InputLine("  code\n/join #a") == .say("  code\n/join #a"))
    #expect(InputLine("/reply ab several\nlines") == .command(.reply, Arguments("ab several\nlines")))
  }

  @Test("mistakes say what would be right")
  func mistakes() {
    #expect(InputLine("/reply ab") == .mistake("It is: /reply TAG TEXT"))
    #expect(InputLine("/usr/bin") == .mistake("There is no command /usr/bin. /help lists them; //usr/bin says it."))
    #expect(InputLine("/le x") == .command(.leave, Arguments("x")))
    #expect(InputLine("/re") == .mistake("/re may be /reply or /react or /redact or /resend or /register."))
  }

  @Test("a command that removes something is only taken in full")
  func whole() {
    #expect(InputLine("/clo") == .mistake("/close is done only when it is written in full."))
    #expect(InputLine("/close") == .command(.close, Arguments("")))
    for (line, name) in [
      ("/redac ab", "redact"), ("/disca ab", "discard"), ("/kic bob", "kick"), ("/ra x", "raw"), ("/logo", "logout"),
    ] {
      #expect(InputLine(line) == .mistake("/\(name) is done only when it is written in full."))
    }
  }

  @Test("a space before a command is a mistake, and says nothing aloud")
  func hiddenCommands() {
    for line in [" /msg NickServ identify secret", "\t/part #a", "  /clo", " /quit"] {
      guard case .mistake = InputLine(line) else {
        Issue.record("\(line) is no mistake")
        continue
      }
    }
  }

  @Test(
    "lines with passwords",
    arguments: [
      "/msg NickServ identify secret", "/MSG nickserv@services.example.org identify secret",
      "/query NickServ identify x",
      "/notice AuthServ AUTH a b", "/login", "/identify secret", "/ns identify secret", "/nickserv identify secret",
      "/chanserv identify #a secret", "/raw PASS secret", "/quote PRIVMSG NickServ :identify secret", "/raw oper a b",
      "/raw NS identify secret", "/oper a b", "/msg Q auth a b", "/join #a key", "/register a@b.example", "/verify 123",
      "  /msg NickServ identify secret", "/m NickServ identify secret",
    ])
  func secrets(line: String) {
    #expect(SecretLine.isSecret(line))
  }

  @Test(
    "lines without",
    arguments: [
      "/msg bob hello", "hello", "//msg NickServ identify", "/join #a", "/raw PRIVMSG #a :hello", "/topic serve",
      "/me x",
      "/whois NickServ", "",
    ])
  func noSecrets(line: String) {
    #expect(!SecretLine.isSecret(line))
  }

  @Test("what looks like words for a service is not said without a question")
  func suspicious() {
    for line in [
      "identify secret", "msg NickServ identify secret", "NickServ identify secret", "ns identify secret",
      "ghost alice secret", "login secret",
    ] {
      #expect(SecretLine.isSuspicious(line), "\(line)")
    }
    for line in [
      "hello", "identify", "I identify as a cat", "register now or never, please", "msg bob later", "q is a letter",
    ] {
      #expect(!SecretLine.isSuspicious(line), "\(line)")
    }
  }

  @Test("every command is in the table once, with one line of help")
  func table() {
    #expect(CommandTable.all.map(\.name.rawValue).sorted() == CommandName.allCases.map(\.rawValue).sorted())
    for spec in CommandTable.all {
      #expect(CommandTable.find(spec.name.rawValue) == .one(spec.name))
      for alias in spec.aliases { #expect(CommandTable.find(alias) == .one(spec.name)) }
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
