import IRC
import ParleyCache
import ParleyEngine
import SQLite
import Testing

@Suite("Networks as they are")
struct NetworkTests {
  private static let times = "server-time message-tags"

  private func chat(_ bench: Bench, _ name: String) throws -> Int64 {
    try #require(bench.directory.chat(named: name, identity: bench.identity))
  }

  private func told(_ bench: Bench) throws -> [String] {
    try bench.events.filter { $0.kind == .message }.compactMap { try bench.reader.message($0.message) }
      .filter { $0.kind == 1 }.map(\.text)
  }

  // MARK: - What is played back

  @Test("what is played back without ids and is here is not told again, counted by its words and second")
  func playback() throws {
    let bench = try Bench()
    bench.welcome(with: Self.times)
    bench.enter("#tea", others: 1)
    let (first, later) = (bench.now, bench.now.adding(milliseconds: 5_000))
    let yes = "@time=\(first.iso8601) :bob!b@h PRIVMSG #tea :yes"
    bench.server(yes, yes)
    #expect(try bench.texts("#tea") == ["yes", "yes"])
    #expect(try told(bench) == ["yes", "yes"])
    bench.events = []
    bench.pass(milliseconds: 10_000)
    try bench.reconnect()
    bench.welcome(with: Self.times)
    bench.enter("#tea", others: 1)
    bench.server(yes, yes, yes, "@time=\(later.iso8601) :bob!b@h PRIVMSG #tea :new")
    #expect(try bench.texts("#tea") == ["yes", "yes", "yes", "new"])
    #expect(try told(bench) == ["yes", "new"])
    #expect(bench.directory.chatState(try chat(bench, "#tea"))?.row.unread == 4)
  }

  @Test("what a room plays back at the first contact is shown, and nothing of it is told or unread")
  func firstContact() throws {
    let bench = try Bench()
    bench.welcome(with: Self.times)
    bench.enter("#tea", others: 1, isTimed: true)
    let before = bench.now.adding(milliseconds: -100_000).iso8601
    bench.server("@time=\(before) :bob!b@h PRIVMSG #tea :!ping")
    #expect(try bench.texts("#tea") == ["!ping"])
    #expect(try told(bench) == [])
    #expect(bench.directory.chatState(try chat(bench, "#tea"))?.row.unread == 0)
  }

  @Test("an own message that has no id is known again when history has one")
  func ownWithoutID() throws {
    let bench = try Bench()
    let capabilities = "batch server-time message-tags labeled-response draft/chathistory"
    bench.welcome(with: capabilities)
    bench.enter("#tea", others: 1)
    try bench.answerHistory()
    bench.forget()
    bench.act(.send(chat: try chat(bench, "#tea"), kind: 1, text: "mine", replyTo: 0))
    bench.server("@label=\(try bench.label(of: "PRIVMSG")) :s ACK")
    #expect(try bench.texts("#tea") == ["mine"])
    let time = bench.now.iso8601
    bench.pass(milliseconds: 3_000)
    try bench.reconnect()
    bench.forget()
    bench.welcome(with: capabilities)
    bench.enter("#tea", others: 1)
    bench.server(
      "@label=\(try bench.label(of: "CHATHISTORY")) :s BATCH +x chathistory #tea",
      "@batch=x;time=\(time);msgid=m1 :alice!a@h PRIVMSG #tea :mine", ":s BATCH -x")
    #expect(try bench.texts("#tea") == ["mine"])
  }

  @Test("what comes live stands, and counts as unread, behind what was there, whatever its time")
  func order() throws {
    let bench = try Bench()
    bench.welcome(with: Self.times)
    bench.enter("#tea", others: 1)
    bench.pass(milliseconds: 5_000)
    func at(_ seconds: Int64) -> String { bench.now.adding(milliseconds: seconds * 1_000).iso8601 }
    bench.server("@time=\(at(0)) :bob!b@h PRIVMSG #tea :one", "@time=\(at(2_592_000)) :bridge!b@h PRIVMSG #tea :future")
    let tea = try chat(bench, "#tea")
    let last = try #require(try bench.reader.history(chat: tea, anchor: 0, before: 1, after: 0)?.last)
    #expect(last.time == bench.now)
    bench.act(.read(message: last.id))
    #expect(bench.directory.chatState(tea)?.row.unread == 0)
    bench.server("@time=\(at(-3)) :bob!b@h PRIVMSG #tea :late", ":bob!b@h PRIVMSG #tea :now")
    #expect(try bench.texts("#tea") == ["one", "future", "late", "now"])
    #expect(bench.directory.chatState(tea)?.row.unread == 2)
  }

  // MARK: - Rooms and nicks

  @Test("messages wait for the JOIN of their room, however many rooms there are")
  func manyRooms() throws {
    let bench = try Bench()
    bench.welcome()
    for number in 0..<40 { bench.server(":alice!a@h JOIN #r\(number)") }
    try bench.reconnect()
    bench.forget()
    bench.act(.send(chat: try chat(bench, "#r39"), kind: 1, text: "hi", replyTo: 0))
    bench.welcome()
    var joined: Set<String> = []
    for _ in 0..<100 where joined.count < 40 {
      #expect(joined.contains("#r39") || !bench.sent.contains("PRIVMSG"))
      for line in bench.sent.split(separator: "\r\n") where line.hasPrefix("JOIN ") {
        let room = String(line.dropFirst(5))
        if joined.insert(room).inserted { bench.server(":alice!a@h JOIN \(room)") }
      }
    }
    #expect(joined.count == 40)
    #expect(bench.sent.contains("PRIVMSG #r39 "))
  }

  @Test(
    "a room that is refused when it is joined again is tried later, and when we have signed in",
    arguments: [false, true])
  func refusedRoom(signsIn: Bool) throws {
    let bench = try Bench()
    bench.welcome()
    bench.enter("#reg", others: 1)
    try bench.reconnect()
    bench.welcome()
    bench.server(":s 477 alice #reg :You need to be signed in")
    bench.forget()
    bench.pass(milliseconds: 1_000)
    #expect(!bench.sent.contains("JOIN #reg"))
    if signsIn {
      bench.server(":s 900 alice alice!a@h alice :You are signed in")
    } else {
      bench.pass(milliseconds: 60_000)
    }
    #expect(bench.sent.contains("JOIN #reg"))
    bench.enter("#reg", others: 1)
    #expect(bench.directory.chatState(try chat(bench, "#reg"))?.isJoined == true)
  }

  @Test("a nick that the server refuses is not kept")
  func refusedNick() throws {
    let bench = try Bench()
    bench.welcome()
    let request = bench.act(.setIdentity(bench.identity, key: "nick", value: "bad"))
    #expect(bench.state?.settings["nick"] == "bad")
    bench.server(":s 432 alice bad :Erroneous")
    #expect(bench.result(request) == EngineError.refused.code)
    #expect(bench.state?.settings["nick"] == "alice")
  }

  @Test("names that the network takes for the same are one chat; without that rule they are two")
  func folding() throws {
    let bench = try Bench()
    bench.welcome()
    bench.server(":bob[a]!b@h PRIVMSG alice :one", ":BOB{a}!b@h PRIVMSG alice :two")
    #expect(try bench.texts("bob[a]") == ["one", "two"])
    let ascii = try Bench()
    ascii.server(
      ":s CAP * LS :", ":s 001 alice :Hi", ":s 005 alice CASEMAPPING=ascii :are supported", ":s 376 alice :End")
    ascii.server(":bob[a]!b@h PRIVMSG alice :one", ":bob{a}!b@h PRIVMSG alice :two")
    #expect(try ascii.texts("bob[a]") == ["one"])
    #expect(try ascii.texts("bob{a}") == ["two"])
  }

  // MARK: - Services

  private func signIn(_ bench: Bench) throws {
    bench.server(":s CAP * LS :sasl=PLAIN")
    bench.server(":s CAP * ACK :sasl")
  }

  private func questions(_ bench: Bench) -> [EngineEvent] { bench.events.filter { $0.kind == .ask } }

  @Test("services that are away, or refuse a right password, cost nothing but time")
  func services() throws {
    let bench = try Bench()
    bench.act(.setIdentity(bench.identity, key: "account", value: "alice"))
    try bench.reconnect()
    try signIn(bench)
    let question = try #require(questions(bench).last)
    bench.act(.answer(question: question.request, secret: Array("secret".utf8), keep: 2))
    bench.server("AUTHENTICATE +")
    // Nothing is kept before it has worked.
    #expect(bench.state?.settings["secret.password"] == nil)
    bench.server(":s 900 * alice!a@h alice :ok", ":s 903 * :ok", ":s 001 alice :Hi", ":s 376 alice :End")
    #expect(bench.state?.state == .online)
    #expect(bench.state?.settings["secret.password"] == "secret")

    try bench.reconnect()
    bench.server(":s CAP * LS :batch", ":s CAP * ACK :batch")
    #expect(bench.state?.state == .waiting)
    #expect(bench.state?.result == EngineError.signIn.code)
    for _ in 0..<2 {
      try bench.connect()
      try signIn(bench)
      bench.server("AUTHENTICATE +")
      bench.server(":s 904 * :No")
      #expect(bench.state?.state == .waiting)
    }
    #expect(questions(bench).count == 1)
    try bench.connect()
    try signIn(bench)
    bench.server("AUTHENTICATE +")
    bench.server(":s 904 * :No")
    #expect(questions(bench).count == 2)
    #expect(questions(bench).last?.result == EngineError.signIn.code)
    #expect(bench.state?.settings["secret.password"] == "secret")
  }

  @Test("a password for one run that is refused is asked about at once, and the kept one stays and is used again")
  func givenPassword() throws {
    let bench = try Bench()
    bench.act(.setIdentity(bench.identity, key: "account", value: "alice"))
    try bench.reconnect()
    try signIn(bench)
    bench.act(.answer(question: try #require(questions(bench).last).request, secret: Array("secret".utf8), keep: 2))
    bench.server("AUTHENTICATE +", ":s 903 * :ok", ":s 001 alice :Hi", ":s 376 alice :End")
    #expect(bench.state?.settings["secret.password"] == "secret")

    bench.act(.setIdentity(bench.identity, key: "password", value: "other"))
    try bench.reconnect()
    try signIn(bench)
    bench.server("AUTHENTICATE +")
    bench.server(":s 904 * :No")
    #expect(bench.state?.state == .signingIn)
    #expect(questions(bench).count == 2)
    let again = try #require(questions(bench).last)
    #expect(again.result == EngineError.signIn.code)
    // An answer that is to be used once.
    bench.act(.answer(question: again.request, secret: Array("third".utf8), keep: 0))
    bench.server("AUTHENTICATE +", ":s 903 * :ok", ":s 001 alice :Hi", ":s 376 alice :End")
    #expect(bench.state?.state == .online)
    #expect(bench.state?.settings["secret.password"] == "secret")

    bench.forget()
    try bench.reconnect()
    try signIn(bench)
    bench.server("AUTHENTICATE +")
    #expect(questions(bench).count == 2)
    #expect(bench.sent.contains("AUTHENTICATE \(Base64.encode(Array("\0alice\0secret".utf8)))"))
  }

  @Test("where signing in has never worked, a server without a way to sign in needs a person")
  func neverWorked() throws {
    let bench = try Bench()
    bench.act(.setIdentity(bench.identity, key: "account", value: "alice"))
    try bench.reconnect()
    bench.server(":s CAP * LS :batch", ":s CAP * ACK :batch")
    #expect(bench.state?.state == .stopped)
    #expect(bench.state?.result == EngineError.signIn.code)
  }

  // MARK: - Servers that send too much

  @Test("a server's chat keeps its newest rows")
  func notices() throws {
    let bench = try Bench()
    bench.welcome()
    for number in 0..<1_300 { bench.server(":s NOTICE alice :\(number)") }
    let rows = try bench.reader.history(chat: try chat(bench, "*"), anchor: 0, before: 3_000, after: 0) ?? []
    #expect(rows.count <= 1_100)
    #expect(rows.last?.text == "1299")
  }

  @Test("strangers fill no more than so many chats, and what they say is seen elsewhere")
  func strangers() throws {
    let bench = try Bench()
    bench.welcome()
    bench.server(":bob!b@h PRIVMSG alice :before")
    for start in stride(from: 0, to: 4_200, by: 100) {
      bench.turn { (core) throws(SQLiteError) in
        let lines = (start..<start + 100).map { ":n\($0)!u@h PRIVMSG alice :\($0)\r\n" }.joined()
        var failure: SQLiteError?
        Array(lines.utf8).withUnsafeBytes { bytes in
          do throws(SQLiteError) { try core.received(bench.connection, bytes) } catch { failure = error }
        }
        if let failure { throw failure }
      }
    }
    #expect(bench.state?.isFull == true)
    #expect(bench.directory.chat(named: "n4199", identity: bench.identity) == nil)
    let rows = try bench.reader.history(chat: try chat(bench, "*"), anchor: 0, before: 1, after: 0) ?? []
    #expect(rows.map(\.text) == ["4199"])
    #expect(rows.map(\.nick) == ["n4199"])
    bench.server(":bob!b@h PRIVMSG alice :after")
    #expect(try bench.texts("bob") == ["before", "after"])
  }
}
