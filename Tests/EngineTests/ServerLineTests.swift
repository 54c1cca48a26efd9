import IRC
import ParleyCache
import ParleyEngine
import SQLite
import Seeded
import Testing

@Suite("What servers say")
struct ServerLineTests {
  private static let history = "batch message-tags server-time labeled-response echo-message draft/chathistory"

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

  @Test(
    "requests and pings wait by a clock that nobody sets, messages have the time of day",
    arguments: [3_600_000, -3_600_000, 315_360_000_000])
  func clockIsSet(by difference: Int64) throws {
    let bench = try Bench()
    bench.welcome(with: "batch message-tags labeled-response draft/chathistory")
    bench.server(":alice!a@h JOIN #tea", ":s 353 alice = #tea :alice bob", ":s 366 alice #tea :End")
    let label = try bench.label(of: "CHATHISTORY")
    bench.forget()
    bench.set = difference
    bench.pass(milliseconds: 1_000)
    #expect(!bench.sent.contains("PING"))
    // The answer is still waited for.
    bench.server(
      "@label=\(label) BATCH +1 chathistory #tea", "@batch=1;msgid=a :bob!b@h PRIVMSG #tea :from history", "BATCH -1")
    let chat = try #require(bench.directory.chat(named: "#tea", identity: bench.identity))
    let rows = try #require(try bench.reader.history(chat: chat, anchor: 0, before: 10, after: 0)).filter {
      $0.kind == 1
    }
    #expect(rows.map(\.text) == ["from history"])
    #expect(rows.last?.time == bench.now.adding(milliseconds: difference))
    // Not before there was nothing to hear for a time.
    #expect(try #require(bench.core.deadline) > bench.now)
    bench.pass(milliseconds: 300_000)
    #expect(bench.sent.contains("PING"))
  }

  @Test("what comes live while history is asked for, and is edited, has its newest text", arguments: [false, true])
  func editedMeanwhile(isEditTold: Bool) throws {
    let bench = try Bench()
    bench.welcome(
      with:
        "batch message-tags server-time labeled-response echo-message draft/chathistory draft/event-playback parley.chat/edit"
    )
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
    bench.welcome(with: "\(Self.history) parley.chat/edit parley.chat/seq")
    let time = bench.now.iso8601
    bench.enter("#tea", others: 1)
    try bench.answerHistory()
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

  @Test("no sequence number is too large")
  func largestNumber() throws {
    let bench = try Bench()
    bench.welcome(with: "\(Self.history) parley.chat/edit parley.chat/seq")
    bench.enter("#tea", others: 1)
    try bench.answerHistory()
    let time = bench.now.iso8601
    bench.server(
      "@time=\(time);msgid=m1;parley.chat/seq=\(Int64.max) :bob!b@h PRIVMSG #tea :one",
      "@time=\(time);msgid=m2;parley.chat/seq=\(Int64.max) :bob!b@h EDIT #tea m1 :two")
    #expect(try bench.texts("#tea") == ["two"])
    try bench.reconnect()
    bench.welcome(with: "\(Self.history) parley.chat/edit parley.chat/seq")
    bench.enter("#tea", others: 1)
    for _ in 0..<2 {
      bench.server(
        "@label=\(try bench.label(of: "CHATHISTORY")) :s BATCH +x chathistory #tea",
        "@batch=x;time=\(time);msgid=m1;parley.chat/seq=1 :bob!b@h PRIVMSG #tea :three", ":s BATCH -x")
    }
    #expect(try bench.texts("#tea") == ["three"])
    #expect(bench.state?.state == .online)
  }

  @Test("when too much waits for history, it comes in its order and nothing of it is lost")
  func tooMuchWaits() throws {
    let bench = try Bench()
    bench.welcome(with: "\(Self.history) draft/message-redaction")
    bench.enter("#tea", others: 1)
    let time = bench.now.iso8601
    for number in 1...2_000 { bench.server("@time=\(time);msgid=m\(number) :bob!b@h PRIVMSG #tea :\(number)") }
    #expect(try bench.texts("#tea") == [])
    // What is more than may wait is in the history, behind what is being fetched.
    bench.server(
      "@time=\(time);msgid=m2001 :bob!b@h PRIVMSG #tea :2001", "@time=\(time);msgid=r :bob!b@h REDACT #tea m7")
    for answer in 0..<40 {
      guard bench.sent.contains(" CHATHISTORY") else { break }
      let label = try bench.label(of: "CHATHISTORY")
      bench.forget()
      let first = (answer - 1) * 100 + 1
      // The first contact brings nothing.
      let lines = answer == 0 || first > 2_001 ? [] : (first...min(2_001, first + 99)).filter { $0 != 7 }
      bench.server("@label=\(label) :s BATCH +x chathistory #tea")
      for number in lines { bench.server("@batch=x;time=\(time);msgid=m\(number) :bob!b@h PRIVMSG #tea :\(number)") }
      bench.server(":s BATCH -x")
    }
    let texts = try bench.texts("#tea")
    #expect(Set(texts).count == texts.count)
    #expect(texts.last == "2001")
    #expect(
      bench.directory.chatState(try #require(bench.directory.chat(named: "#tea", identity: bench.identity)))?.isCurrent
        == true)
  }

  @Test("when too much waits and the history does not come, gaps stand for it")
  func tooMuchWaitsForNothing() throws {
    let bench = try Bench()
    bench.welcome(with: Self.history)
    bench.enter("#tea", others: 1)
    let time = bench.now.iso8601
    for number in 1...2_010 { bench.server("@time=\(time);msgid=m\(number) :bob!b@h PRIVMSG #tea :\(number)") }
    bench.pass(milliseconds: 31_000)
    #expect(try bench.texts("#tea") == (1...2_000).map(String.init))
    let chat = try #require(bench.directory.chat(named: "#tea", identity: bench.identity))
    let rows = try #require(try bench.reader.history(chat: chat, anchor: 0, before: 3_000, after: 0))
    #expect(rows.last { $0.kind == 1 || $0.kind == 32 }?.kind == 32)
  }

  @Test("without sequence numbers, the last reaction by time counts")
  func reactionsByTime() throws {
    let bench = try Bench()
    bench.welcome(with: "\(Self.history) draft/event-playback")
    bench.enter("#tea", others: 1)
    func at(_ seconds: Int64) -> String { bench.now.adding(milliseconds: seconds * 1_000).iso8601 }
    bench.server("@time=\(at(1));msgid=m1 :bob!b@h PRIVMSG #tea :one")
    let react = "+draft/reply=m1;+draft/react=yes :bob!b@h TAGMSG #tea"
    bench.server("@time=\(at(3));+draft/reply=m1;+draft/unreact=yes :bob!b@h TAGMSG #tea")
    bench.server("@time=\(at(2));\(react)")
    try bench.answerHistory()
    let chat = try #require(bench.directory.chat(named: "#tea", identity: bench.identity))
    let row = try #require(try bench.reader.history(chat: chat, anchor: 0, before: 9, after: 0)?.first { $0.kind == 1 })
    #expect(row.reactions.isEmpty)
    bench.server("@time=\(at(4));\(react)")
    #expect(try bench.reader.message(row.id)?.reactions.map(\.text) == ["yes"])
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
