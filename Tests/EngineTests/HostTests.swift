import IRC
import ParleyCache
import ParleyEngine
import SQLite
import Testing

/// What a host asks at an odd moment.
@Suite("What hosts ask")
struct HostTests {
  @Test("a chat that is removed is gone, and whoever writes there next is in a new one")
  func removedAndWrittenTo() throws {
    let bench = try Bench()
    bench.welcome()
    bench.server(":bob!b@h PRIVMSG alice :one")
    let chat = try #require(bench.directory.chat(named: "bob", identity: bench.identity))
    bench.turn { (core) throws(SQLiteError) in
      try core.handle(.removeChat(chat), request: 90)
      let line = Array(":bob!b@h PRIVMSG alice :two\r\n".utf8)
      var failure: SQLiteError?
      line.withUnsafeBytes { bytes in
        do throws(SQLiteError) { try core.received(bench.connection, bytes) } catch { failure = error }
      }
      if let failure { throw failure }
    }
    bench.server(":bob!b@h PRIVMSG alice :three")
    #expect(bench.result(90) == 0)
    #expect(try bench.texts("bob") == ["two", "three"])
    #expect(bench.directory.chat(named: "bob", identity: bench.identity) != chat)
    #expect(bench.state?.state == .online)
  }

  @Test("a chat that is removed and opened again is there, with nothing in it")
  func removedAndOpened() throws {
    let bench = try Bench()
    bench.welcome()
    bench.server(":bob!b@h PRIVMSG alice :one")
    let row = try #require(
      bench.directory.chat(named: "bob", identity: bench.identity).flatMap { bench.directory.chatState($0)?.row })
    bench.act(.removeChat(row.id))
    bench.act(.openChat(ChatRow(id: row.id, identity: row.identity, kind: .person, name: "bob", foldedName: "bob")))
    #expect(try bench.texts("bob") == [])
    bench.server(":bob!b@h PRIVMSG alice :two")
    #expect(try bench.texts("bob") == ["two"])
    #expect(bench.directory.chat(named: "bob", identity: bench.identity) == row.id)
  }

  @Test("a room that is removed before the server refuses it is gone, and nothing else")
  func removedBeforeTheAnswer() throws {
    let bench = try Bench()
    bench.welcome()
    let chat = bench.directory.openChat("#secret", identity: bench.identity)
    let row = try #require(bench.directory.chatState(chat)?.row)
    bench.act(.openChat(row))
    let join = bench.act(.join(chat: chat, key: nil))
    bench.act(.removeChat(chat))
    bench.server(":s 473 alice #secret :Cannot join")
    #expect(bench.result(join) != nil)
    #expect(bench.state?.state == .online)
    #expect(bench.directory.chat(named: "#secret", identity: bench.identity) == nil)
  }

  @Test("what is read without a connection is told when there is one, once")
  func readOffline() throws {
    let capabilities = "batch message-tags server-time labeled-response draft/read-marker"
    let bench = try Bench()
    bench.welcome(with: capabilities)
    let time = bench.now.iso8601
    bench.server("@time=\(time);msgid=m1 :bob!b@h PRIVMSG alice :one")
    let message = try #require(bench.events.last { $0.kind == .message }?.message)
    bench.act(.disconnect(bench.identity, reason: ""))
    bench.act(.read(message: message))
    bench.forget()
    bench.act(.connect(bench.identity))
    try bench.connect()
    bench.welcome(with: capabilities)
    #expect(bench.sent.contains("MARKREAD bob timestamp=\(time)"))
    // The connection breaks before the answer: it is told again.
    bench.forget()
    try bench.reconnect()
    bench.welcome(with: capabilities)
    #expect(bench.sent.contains("MARKREAD bob timestamp=\(time)"))
    bench.server("@label=\(try bench.label(of: "MARKREAD")) :s MARKREAD bob timestamp=\(time)")
    bench.forget()
    try bench.reconnect()
    bench.welcome(with: capabilities)
    #expect(!bench.sent.contains("MARKREAD"))
  }

  @Test("when the network changes, a connection is asked for a sign of life, and a wait for the next attempt ends")
  func networkChanged() throws {
    let bench = try Bench()
    bench.welcome()
    bench.forget()
    bench.turn { (core) throws(SQLiteError) in try core.networkChanged() }
    #expect(bench.sent.hasPrefix("PING "))
    let connection = bench.connection
    bench.turn { (core) throws(SQLiteError) in try core.closed(connection, .lost("gone")) }
    #expect(bench.state?.state == .waiting)
    bench.turn { (core) throws(SQLiteError) in try core.networkChanged() }
    #expect(bench.state?.state == .connecting)
    #expect(bench.connection != connection)
  }

  @Test("what is set while we sign in is so when we are in")
  func setWhileSigningIn() throws {
    let bench = try Bench()
    bench.server(":s CAP * LS :")
    bench.act(.away(bench.identity, "lunch"))
    bench.act(.setIdentity(bench.identity, key: "nick", value: "alison"))
    #expect(!bench.sent.contains("AWAY"))
    bench.server(":s 001 alice :Hi", ":s 376 alice :End")
    #expect(bench.sent.contains("AWAY lunch"))
    #expect(bench.sent.contains("NICK alison"))
    bench.server(":alice!a@h NICK alison")
    #expect(bench.state?.nick == "alison")
  }
}
