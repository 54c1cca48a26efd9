import IRC
import ParleyCore
import ParleyServer
import ParleyStore
import ParleyTesting
import Testing

@Suite("Slow readers")
struct SlowReaderTests {
  private static let plain = "message-tags"
  private static let modern = "message-tags batch echo-message draft/chathistory parley.chat/seq"

  private func texts(_ lines: [Message]) -> [String] {
    lines.filter { $0.command == "PRIVMSG" }.map { String($0.parameters[1].prefix { $0 != " " }) }
  }

  @Test(
    "who has been too slow for a room and for people gets everything once, in order", arguments: [plain, modern, ""])
  func everythingOnce(capabilities: String) throws {
    let world = try World(sendQueue: 65_536)
    let alice = world.account("alice", capabilities)
    let bob = world.guest("bob")
    let carol = world.guest("carol")
    for client in [alice, bob, carol] { client.send("JOIN #tea") }
    alice.clear()
    let padding = String(repeating: "x", count: 380)
    alice.sink.isStalled = true
    for number in 1...300 {
      bob.send("PRIVMSG #tea :r\(number) \(padding)")
      carol.send("PRIVMSG alice :p\(number) \(padding)")
    }
    #expect(alice.sink.queuedBytes <= 65_536)
    #expect(!alice.isClosed)
    world.wake(alice)
    bob.send("PRIVMSG #tea :r301")
    carol.send("PRIVMSG alice :p301")
    let lines = alice.take()
    #expect(texts(lines).filter { $0.hasPrefix("r") } == (1...301).map { "r\($0)" })
    #expect(texts(lines).filter { $0.hasPrefix("p") } == (1...301).map { "p\($0)" })
    #expect(!alice.isClosed)
  }

  @Test("a damaged message among what was left out is announced, and the connection stays")
  func damaged() throws {
    let store = MemoryStore()
    let world = try World(store: store, sendQueue: 65_536)
    let alice = world.account("alice")
    let bob = world.guest("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    let padding = String(repeating: "x", count: 380)
    alice.sink.isStalled = true
    for number in 1...300 { bob.send("PRIVMSG #tea :r\(number) \(padding)") }
    store.damagedTexts = ["r250 \(padding)"]
    world.wake(alice)
    bob.send("PRIVMSG #tea :r301")
    let lines = alice.take()
    #expect(texts(lines).last == "r301" && texts(lines).contains("r150") && !alice.isClosed)
    let told = lines.filter {
      $0.command == "NOTICE" && $0.parameters[1].hasPrefix("Some messages of #tea cannot be read")
    }
    #expect(told.count == 1)
  }

  @Test("who leaves a room, or is put out of it, while being too slow for it is told how much was not shown")
  func leavingBehind() throws {
    for isKick in [false, true] {
      let world = try World(sendQueue: 65_536)
      let (bob, alice) = (world.guest("bob"), world.guest("alice"))
      for client in [bob, alice] { client.send("JOIN #tea") }
      alice.clear()
      let padding = String(repeating: "x", count: 380)
      alice.sink.isStalled = true
      for number in 1...190 { bob.send("PRIVMSG #tea :r\(number) \(padding)") }
      if isKick { bob.send("KICK #tea alice") } else { alice.send("PART #tea") }
      for number in 191...200 { bob.send("PRIVMSG #tea :r\(number)") }
      world.wake(alice)
      let lines = alice.take()
      let shown = texts(lines)
      #expect(shown.count < 190 && shown == (1...shown.count).map { "r\($0)" })
      let told = lines.filter { $0.command == "NOTICE" }.map { $0.parameters[1] }
      #expect(
        told == ["#tea: \(190 - shown.count) messages were not shown to you before you left; your connection is slow"])
      #expect(lines.contains { $0.command == (isKick ? "KICK" : "PART") })
    }
  }

  @Test("only messages count among what was not shown of a room, and only those from before the departure")
  func countingLeftRooms() throws {
    let world = try World(sendQueue: 65_536)
    let (bob, alice) = (world.guest("bob", Self.modern), world.guest("alice", "message-tags"))
    for client in [bob, alice] { client.send("JOIN #tea") }
    alice.clear()
    let padding = String(repeating: "x", count: 380)
    alice.sink.isStalled = true
    for number in 1...190 { bob.send("PRIVMSG #tea :r\(number) \(padding)") }
    let id = try #require(bob.take().last { $0.command == "PRIVMSG" }?[tag: "msgid"])
    for number in 1...3 { bob.send("@+draft/reply=\(id);+draft/react=\(number) TAGMSG #tea") }
    alice.send("PART #tea")
    // More than a page.
    for number in 191...900 { bob.send("PRIVMSG #tea :r\(number) \(padding)") }
    world.wake(alice)
    let lines = alice.take()
    let told = lines.filter { $0.command == "NOTICE" }.map { $0.parameters[1] }
    #expect(
      told == [
        "#tea: \(190 - texts(lines).count) messages were not shown to you before you left; your connection is slow"
      ])
  }

  @Test("messages of a left room that cannot be read end no connection: that some were not shown is said")
  func damagedLeftRoom() throws {
    for isBusy in [false, true] {
      let store = MemoryStore()
      let world = try World(store: store, sendQueue: 65_536)
      let (bob, alice) = (world.guest("bob"), world.guest("alice"))
      for client in [bob, alice] { client.send("JOIN #tea,#milk") }
      alice.clear()
      let padding = String(repeating: "x", count: 380)
      alice.sink.isStalled = true
      for number in 1...190 { bob.send("PRIVMSG #tea :r\(number) \(padding)") }
      for number in 1...3 { bob.send("PRIVMSG #milk :m\(number)") }
      alice.send("PART #tea,#milk")
      if isBusy { store.readFailure = StoreError(.unavailable, "busy") }
      store.damagedTexts = ["r189 \(padding)"]
      world.wake(alice)
      #expect(!alice.isClosed)
      let told = alice.take().filter { $0.command == "NOTICE" && $0.parameters[1].hasPrefix("#") }
        .map { $0.parameters[1] }
      let unknown = "some messages may not have been shown to you before you left; they cannot be counted now"
      let known = "3 messages were not shown to you before you left; your connection is slow"
      #expect(told == ["#tea: \(unknown)", "#milk: \(isBusy ? unknown : known)"])
      alice.send("PING :still")
      #expect(alice.take().contains { $0.command == "PONG" })
    }
  }

  @Test("what others have said behind a long stretch of one's own is not lost")
  func behindOneself() throws {
    let world = try World(sendQueue: 65_536)
    let alice = world.account("alice", Self.plain)
    let bob = world.guest("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.clear()
    let padding = String(repeating: "x", count: 380)
    alice.sink.isStalled = true
    for number in 1...200 { bob.send("PRIVMSG #tea :r\(number) \(padding)") }
    for number in 1...100 { alice.send("PRIVMSG #tea :own\(number) \(padding)") }
    for number in 201...210 { bob.send("PRIVMSG #tea :r\(number)") }
    world.wake(alice)
    #expect(texts(alice.take()).filter { $0.hasPrefix("r") } == (1...210).map { "r\($0)" })
  }

  @Test("what was left out is replayed at the next sign-in, if the connection ends before")
  func leavingBefore() throws {
    let world = try World(sendQueue: 65_536)
    let alice = world.account("alice", device: "desk")
    let bob = world.guest("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    let padding = String(repeating: "x", count: 380)
    alice.sink.isStalled = true
    for number in 1...190 { bob.send("PRIVMSG #tea :r\(number) \(padding)") }
    alice.drop()
    let again = world.account("alice", device: "desk")
    #expect(texts(again.take()) == (1...190).map { "r\($0)" })
  }

  @Test("too many comings and goings for a slow reader: its rooms are shown anew, with those who are there")
  func comingsAndGoings() throws {
    let world = try World(sendQueue: 65_536)
    let alice = world.guest("alice")
    let bob = world.guest("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.clear()
    alice.sink.isStalled = true
    let reason = String(repeating: "z", count: 300)
    for _ in 0..<200 { bob.send("PART #tea :\(reason)", "JOIN #tea") }
    bob.send("PART #tea")
    let carol = world.guest("carol")
    carol.send("JOIN #tea", "PRIVMSG #tea :hello")
    #expect(alice.sink.queuedBytes <= 70_000)
    world.wake(alice)
    let lines = alice.read()
    #expect(lines.contains { $0.contains("PART #tea :Shown again") && $0.hasPrefix(":alice!") })
    #expect(lines.last { $0.contains(" 353 ") }?.contains("carol") == true)
    #expect(lines.last { $0.contains(" 353 ") }?.contains("bob") == false)
    #expect(!alice.isClosed)
  }

  @Test("who does not read is disconnected once it has taken nothing for half a minute; who reads a little is not")
  func stalled() throws {
    let world = try World(sendQueue: 65_536)
    let alice = world.guest("alice")
    let bob = world.guest("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.sink.isStalled = true
    for number in 1...300 { bob.send("PRIVMSG #tea :\(number) \(String(repeating: "x", count: 380))") }
    world.pass(seconds: 29)
    #expect(!alice.isClosed)
    world.pass(seconds: 3)
    #expect(alice.isClosed)
    #expect(bob.read().contains { $0.contains("QUIT :Send queue exceeded") })
  }

  @Test("who asks faster than it reads waits: answers fill no memory")
  func ownAnswers() throws {
    let world = try World(sendQueue: 1 << 20)
    let alice = world.guest("alice", "batch labeled-response")
    for number in 0..<100 {
      alice.send("JOIN #room\(number)", "TOPIC #room\(number) :\(String(repeating: "t", count: 300))")
    }
    alice.clear()
    alice.sink.isStalled = true
    alice.send((0..<50).flatMap { ["LIST", "@label=\($0) HELP", "MOTD", "INFO"] })
    #expect(alice.sink.queuedBytes < 150_000)
    world.wake(alice)
    let lines = alice.take()
    #expect(lines.count { $0.command == "323" } == 50)
    #expect(lines.count { $0.command == "322" } == 50 * 101)
    #expect(lines.count { $0.command == "706" } == 50)
  }

  @Test("a device in many large rooms finds itself in all of them, slice by slice, and misses nothing said meanwhile")
  func attaching() throws {
    let world = try World(sendQueue: 65_536) { $0.roomsPerUser = 1_000 }
    let alice = world.account("alice")
    let bob = world.account("bob")
    for number in 0..<150 {
      bob.send("JOIN #room\(number)", "TOPIC #room\(number) :\(String(repeating: "t", count: 380))")
    }
    for number in 0..<150 { alice.send("JOIN #room\(number)") }
    for capabilities in ["", "draft/chathistory batch message-tags"] {
      let phone = world.connect()
      phone.sink.isStalled = true
      phone.send("CAP REQ :sasl \(capabilities)", "NICK alice", "USER alice 0 * :alice", "AUTHENTICATE PLAIN")
      phone.send("AUTHENTICATE " + Base64.encode(Array("\0alice@\(capabilities.count)\0sesame".utf8)), "CAP END")
      bob.send("PRIVMSG #room149 :meanwhile")
      #expect(phone.sink.queuedBytes < 65_536)
      world.wake(phone)
      let lines = phone.take()
      #expect(lines.count { $0.command == "JOIN" } == 151)
      #expect(lines.count { $0.command == "366" } == 151)
      #expect(texts(lines).filter { $0 == "meanwhile" }.count == 1)
      phone.send("QUIT")
    }
  }
}
