import IRC
import ParleyCache
import ParleyEngine
import SQLite
import Seeded
import Testing

/// One engine, and a server whose lines the test writes.
@Suite("What servers say")
struct ServerLineTests {
  private final class Bench {
    let core: EngineCore
    let reader: CacheReader
    let directory = DirectoryBox(highestIdentity: 0, highestChat: 0)
    let identity: Int64
    var now = Timestamp(milliseconds: 1_800_000_000_000)
    var events: [EngineEvent] = []
    /// What the engine has sent.
    var sent = ""
    private var attempts: [ParleyEngine.ConnectionID] = []
    /// Attempts that have had their connection.
    private var used = 0

    init() throws {
      let cache = try Cache(path: nil, vfs: nil)
      reader = try cache.makeReader()
      core = try EngineCore(
        cache: cache, directory: directory, clientName: "Test", random: SeededRandom(seed: 7), now: now)
      identity = directory.addIdentity(link: "irc://127.0.0.1", nick: "alice")
      let id = identity
      turn { (core) throws(SQLiteError) in
        try core.handle(.addIdentity(id), request: 1)
        try core.handle(.connect(id), request: 2)
      }
      try connect()
    }

    /// As on the engine's thread: what is due is done in the same turn.
    func turn(_ body: (EngineCore) throws(SQLiteError) -> Void) {
      let result = core.turn(now: now) { (core) throws(SQLiteError) in
        try body(core)
        try core.advance()
      }
      events += result.events
      for effect in result.effects {
        switch effect {
        case .connect(let id, _): attempts.append(id)
        case .write(_, let bytes): sent += String(decoding: bytes, as: UTF8.self)
        default: break
        }
      }
    }

    func pass(milliseconds: Int64) {
      now = now.adding(milliseconds: milliseconds)
      turn { (_) throws(SQLiteError) in }
    }

    /// Until the next attempt has a connection.
    func connect() throws {
      for _ in 0..<200 where attempts.count == used { pass(milliseconds: 1_000) }
      let id = try #require(attempts.dropFirst(used).last)
      used = attempts.count
      turn { (core) throws(SQLiteError) in try core.connected(id, fingerprint: nil) }
    }

    func server(_ lines: String...) {
      guard let id = attempts.last else { return }
      let bytes = Array(lines.map { $0 + "\r\n" }.joined().utf8)
      turn { (core) throws(SQLiteError) in
        var failure: SQLiteError?
        bytes.withUnsafeBytes { bytes in
          do throws(SQLiteError) { try core.received(id, bytes) } catch { failure = error }
        }
        if let failure { throw failure }
      }
    }

    /// The label of the last request that begins so.
    func label(of request: String) throws -> String {
      let line = try #require(sent.split(separator: "\r\n").last { $0.contains(" \(request)") })
      return String(line.prefix { $0 != " " && $0 != ";" }.dropFirst("@label=".count))
    }

    func welcome() { server(":s CAP * LS :", ":s 001 alice :Hi", ":s 376 alice :End") }

    /// We come into a room with so many others.
    func enter(_ room: String, others: Int) {
      let names = (0..<others).map { " user\($0)" }.joined()
      server(":alice!a@h JOIN \(room)", ":s 353 alice = \(room) :alice\(names)", ":s 366 alice \(room) :End")
    }

    var state: IdentityState? { directory.identity(identity) }

    /// How often the host was told of members since the last time.
    func tellings() -> Int {
      defer { events = [] }
      return events.count { $0.kind == .members }
    }
  }

  @Test("members of a small room are written at once")
  func smallRoom() throws {
    let bench = try Bench()
    bench.welcome()
    bench.enter("#tea", others: 2)
    let chat = try #require(bench.directory.chat(named: "#tea", identity: bench.identity))
    #expect(bench.tellings() == 1)
    bench.server(":bob!b@h JOIN #tea")
    #expect(bench.tellings() == 1)
    #expect(try bench.reader.members(chat: chat).map(\.nick) == ["alice", "bob", "user0", "user1"])
    #expect(bench.directory.chatState(chat)?.row.memberCount == 4)
  }

  @Test("members of a large room are written at once, and then every five seconds")
  func largeRoom() throws {
    let bench = try Bench()
    bench.welcome()
    bench.enter("#big", others: 300)
    let chat = try #require(bench.directory.chat(named: "#big", identity: bench.identity))
    #expect(bench.tellings() == 1)
    #expect(try bench.reader.members(chat: chat).count == 301)
    for name in ["bob", "carol", "dave"] { bench.server(":\(name)!u@h JOIN #big") }
    #expect(bench.tellings() == 0)
    #expect(bench.directory.chatState(chat)?.row.memberCount == 304)
    let deadline = try #require(bench.core.deadline)
    #expect(deadline <= bench.now.adding(milliseconds: 5_000))
    bench.pass(milliseconds: 5_000)
    #expect(bench.tellings() == 1)
    #expect(try bench.reader.members(chat: chat).count == 304)
    bench.pass(milliseconds: 5_000)
    #expect(bench.tellings() == 0)
    bench.server(":bob!u@h PART #big")
    #expect(bench.tellings() == 1)
    // What waits when we leave is dropped: the list stays as it was last known.
    bench.server(":carol!u@h PART #big")
    bench.server(":alice!a@h PART #big")
    bench.pass(milliseconds: 10_000)
    #expect(bench.tellings() == 0)
    #expect(try bench.reader.members(chat: chat).count == 303)
  }

  @Test("what comes live while history is asked for, and is edited, has its newest text", arguments: [false, true])
  func editedMeanwhile(isEditTold: Bool) throws {
    let bench = try Bench()
    let capabilities =
      "batch message-tags server-time labeled-response echo-message draft/chathistory draft/event-playback parley.chat/edit"
    bench.server(":s CAP * LS :\(capabilities)")
    bench.server(":s CAP * ACK :\(capabilities)", ":s 001 alice :Hi", ":s 376 alice :End")
    let time = bench.now.iso8601
    bench.server("@time=\(time) :alice!a@h JOIN #tea", ":s 353 alice = #tea :alice bob", ":s 366 alice #tea :End")
    let label = try bench.label(of: "CHATHISTORY")
    bench.server("@time=\(time);msgid=m1 :bob!b@h PRIVMSG #tea :teh")
    if isEditTold { bench.server("@time=\(time);msgid=m2 :bob!b@h EDIT #tea m1 :the") }
    bench.server(
      "@label=\(label) :s BATCH +x chathistory #tea", "@batch=x;time=\(time);msgid=m1 :bob!b@h PRIVMSG #tea :the",
      "@batch=x;time=\(time);msgid=m2 :bob!b@h EDIT #tea m1 :the", ":s BATCH -x")
    bench.server("@label=\(try bench.label(of: "CHATHISTORY")) :s BATCH +y chathistory #tea", ":s BATCH -y")
    let chat = try #require(bench.directory.chat(named: "#tea", identity: bench.identity))
    let rows = try (bench.reader.history(chat: chat, anchor: 0, before: 10, after: 0) ?? []).filter { $0.kind == 1 }
    #expect(rows.map(\.text) == ["the"])
    #expect(rows.map(\.isEdited) == [true])
    #expect(bench.events.count { $0.kind == .message && $0.message == rows.first?.id } == 1)
  }

  @Test("an edit that stands in no history is shown, and gives way to those that do")
  func editOutsideOfHistory() throws {
    let bench = try Bench()
    let capabilities =
      "batch message-tags server-time labeled-response echo-message draft/chathistory parley.chat/edit parley.chat/seq"
    bench.server(":s CAP * LS :\(capabilities)")
    bench.server(":s CAP * ACK :\(capabilities)", ":s 001 alice :Hi", ":s 376 alice :End")
    let time = bench.now.iso8601
    bench.server("@time=\(time) :alice!a@h JOIN #tea", ":s 353 alice = #tea :alice bob", ":s 366 alice #tea :End")
    for _ in 0..<2 {
      bench.server("@label=\(try bench.label(of: "CHATHISTORY")) :s BATCH +x chathistory #tea", ":s BATCH -x")
    }
    bench.server("@time=\(time);msgid=m1;parley.chat/seq=1 :alice!a@h PRIVMSG #tea :one")
    let chat = try #require(bench.directory.chat(named: "#tea", identity: bench.identity))
    func text() throws -> String? {
      try (bench.reader.history(chat: chat, anchor: 0, before: 10, after: 0) ?? []).first { $0.kind == 1 }?.text
    }
    #expect(try text() == "one")
    for (tags, shown) in [
      ("msgid=t1", "two"), ("msgid=t2", "three"), ("msgid=m2;parley.chat/seq=2", "four"), ("msgid=t3", "five"),
      ("msgid=m3;parley.chat/seq=3", "six"),
    ] {
      bench.server("@time=\(time);\(tags) :alice!a@h EDIT #tea m1 :\(shown)")
      #expect(try text() == shown)
    }
    bench.server("@time=\(time);msgid=m2;parley.chat/seq=2 :alice!a@h EDIT #tea m1 :four")
    #expect(try text() == "six")
  }

  @Test("a server that ends a connection after hours is lost, one that never let us in has refused")
  func refused() throws {
    let bench = try Bench()
    bench.welcome()
    bench.pass(milliseconds: 50_000)
    bench.server("ERROR :Closing Link")
    #expect(bench.state?.result == EngineError.lost.code)
    #expect(bench.state?.reason == "Closing Link")
    try bench.connect()
    bench.server("ERROR :Too many connections")
    #expect(bench.state?.result == EngineError.refused.code)
  }
}
