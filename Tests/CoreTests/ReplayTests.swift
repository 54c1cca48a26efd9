import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("Replays and HISTORY")
struct ReplayTests {
  private func texts(_ lines: [Message]) -> [String] {
    lines.filter { $0.command == "PRIVMSG" }.map { $0.parameters[1] }
  }

  private func notices(_ lines: [Message]) -> [String] {
    lines.filter { $0.command == "NOTICE" }.map { $0.parameters[1] }
  }

  @Test("a replay stands in a chathistory batch for each conversation, for clients that know batches")
  func batches() throws {
    for capabilities in ["batch message-tags", ""] {
      let world = try World()
      let alice = world.account("alice", device: "desk")
      let bob = world.account("bob")
      for client in [alice, bob] { client.send("JOIN #tea") }
      alice.send("QUIT")
      bob.send("PRIVMSG #tea :one", "PRIVMSG alice :two", "PRIVMSG #tea :three")
      let lines = world.account("alice", capabilities, device: "desk").take()
      let batches = lines.filter { $0.command == "BATCH" }
      #expect(texts(lines) == ["one", "three", "two"])
      guard !capabilities.isEmpty else {
        #expect(batches.isEmpty)
        continue
      }
      #expect(
        batches.map { Array($0.parameters.dropFirst()) } == [["chathistory", "#tea"], [], ["chathistory", "bob"], []])
      let names = batches.map { String($0.parameters[0].dropFirst()) }
      #expect(lines.filter { $0.command == "PRIVMSG" }.map { $0[tag: "batch"] } == [names[0], names[0], names[2]])
    }
  }

  @Test("what a replay leaves out is announced, and HISTORY shows it")
  func omitted() throws {
    let world = try World { $0.replayLimit = 20 }
    let alice = world.account("alice", device: "desk")
    let bob = world.account("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.send("QUIT")
    bob.send((1...50).map { "PRIVMSG #tea :\($0)" })
    let again = world.account("alice", device: "desk")
    let lines = again.take()
    #expect(texts(lines) == (31...50).map(String.init))
    #expect(notices(lines).contains("#tea: 30 earlier messages are not shown; HISTORY #tea 50 shows them"))
    again.send("HISTORY #tea 50")
    let shown = again.take()
    #expect(texts(shown) == (1...50).map(String.init))
    #expect(notices(shown) == ["History of #tea: all messages", "End of the history of #tea"])
    again.send("HISTORY #tea 3")
    #expect(texts(again.take()) == ["48", "49", "50"])
    again.send("QUIT")
    #expect(notices(world.account("alice", device: "desk").take()).isEmpty)
  }

  @Test("HISTORY shows as many messages as the notice names, however long they are")
  func longMessages() throws {
    let world = try World { ($0.peoplePerMinute, $0.multilineLines) = (0, 1_000) }
    let alice = world.account("alice", device: "desk")
    let bob = world.account("bob", "batch draft/multiline message-tags")
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.send("QUIT")
    for target in ["#tea", "alice"] {
      for number in 0..<80 {
        let line = "@batch=b PRIVMSG \(target) :\(number) \(String(repeating: "x", count: 400))"
        bob.send(["BATCH +b draft/multiline \(target)"] + Array(repeating: line, count: 150) + ["BATCH -b"])
      }
    }
    func numbers(_ lines: [Message]) -> Set<String> { Set(texts(lines).map { String($0.prefix { $0 != " " }) }) }
    let again = world.account("alice", device: "desk")
    let told = notices(again.take()).filter { $0.contains("not shown") }
    #expect(told.count == 2)
    for (name, notice) in zip(["#tea", "bob"], told) {
      let count = notice.split(separator: " ").last { Int($0) != nil } ?? ""
      #expect(notice.hasPrefix("\(name): ") && notice.hasSuffix("HISTORY \(name) \(count) shows them"))
      again.send("HISTORY \(name) \(count)")
      let lines = again.take()
      #expect(numbers(lines).count == 80)
      #expect(notices(lines) == ["History of \(name): all messages", "End of the history of \(name)"])
    }
  }

  @Test("whoever types what the notice and each end of HISTORY say is shown everything", arguments: ["#tea", "bob"])
  func goingBack(name: String) throws {
    let world = try World { ($0.replayLimit, $0.historyLimit) = (5, 10) }
    let alice = world.account("alice", device: "desk")
    let bob = world.account("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.send("QUIT")
    bob.send((1...34).map { "PRIVMSG \(name == "bob" ? "alice" : name) :\($0)" })
    let again = world.account("alice", device: "desk")
    let lines = again.take()
    var shown = texts(lines)
    var way = notices(lines).first { $0.contains("not shown") } ?? ""
    let words = "HISTORY \(name) 10 shows the last of them, and how to go further back"
    #expect(way == "\(name): 29 earlier messages are not shown; \(words)")
    shown = []
    var steps = 0
    while let start = way.firstRange(of: "HISTORY "), let end = way.firstRange(of: " shows"), steps < 10 {
      bob.send("PRIVMSG \(name == "bob" ? "alice" : name) :meanwhile")
      again.clear()
      again.send(String(way[start.lowerBound..<end.lowerBound]))
      let lines = again.take()
      shown = texts(lines).filter { $0 != "meanwhile" } + shown
      way = notices(lines).last ?? ""
      steps += 1
    }
    #expect(way == "End of the history of \(name)")
    #expect(shown == (1...34).map(String.init))
    again.send("HISTORY \(name) 10 0", "HISTORY \(name) 10 x", "HISTORY \(name) 10 1")
    let answers = again.take()
    #expect(answers.filter { $0.command == "FAIL" }.map { $0.parameters[1] } == ["INVALID_PARAMS", "INVALID_PARAMS"])
    #expect(notices(answers).first == "History of \(name): there are no earlier messages")
  }

  @Test("a thousand strangers do not bury a friend's message, and those who are not shown are named")
  func strangers() throws {
    let world = try World { $0.peoplePerMinute = 0 }
    let alice = world.account("alice", device: "desk")
    let friend = world.account("friend")
    alice.send("PRIVMSG friend :how are you?")
    alice.send("QUIT")
    friend.send("PRIVMSG alice :fine")
    for number in 0..<1_001 { world.guest("s\(number)").send("PRIVMSG alice :buy", "QUIT") }
    let lines = world.account("alice", device: "desk").take()
    #expect(texts(lines).first == "fine")
    #expect(texts(lines).count == 200)
    let named = notices(lines).filter { $0.hasPrefix("Not shown") }.joined(separator: ", ")
    let shown = Set(lines.filter { $0.command == "PRIVMSG" }.map { Source(parsing: $0.source ?? "").name })
    for number in 0..<1_001 where !shown.contains("s\(number)") { #expect(named.contains("s\(number)")) }
  }

  @Test("HISTORY works for people, also for a guest who has left, and obeys the rules of CHATHISTORY")
  func history() throws {
    let world = try World { $0.historyLimit = 10 }
    let alice = world.guest("alice")
    let bob = world.guest("bob")
    bob.send("PRIVMSG alice :hello", "QUIT")
    alice.clear()
    alice.send("HISTORY bob")
    #expect(texts(alice.take()) == ["hello"])
    alice.send("HISTORY nobody", "HISTORY #nowhere", "HISTORY bob -1", "HISTORY bob x")
    #expect(
      alice.take().map { Array($0.parameters.prefix(3)) } == [
        ["HISTORY", "INVALID_TARGET", "nobody"], ["HISTORY", "INVALID_TARGET", "#nowhere"],
        ["HISTORY", "INVALID_PARAMS", "bob"], ["HISTORY", "INVALID_PARAMS", "bob"],
      ])
    alice.send("HISTORY")
    #expect(alice.commands() == ["461"])
    let carol = world.account("carol")
    carol.send("JOIN #tea")
    carol.send((1...30).map { "PRIVMSG #tea :\($0)" })
    alice.clear()
    alice.send("HISTORY #tea")
    #expect(alice.take().first?.parameters[1] == "INVALID_TARGET")
    alice.send("JOIN #tea", "HISTORY #tea 1000")
    #expect(texts(alice.take()) == (21...30).map(String.init))
    carol.send("MODE #tea +J", "KICK #tea alice")
    alice.send("JOIN #tea", "HISTORY #tea")
    let lines = alice.take()
    #expect(texts(lines).isEmpty && notices(lines).first == "History of #tea: there are no messages")
  }

  @Test(
    "a damaged message locks nobody out: its conversation is named, what can be read is shown, once",
    arguments: [0, 700])
  func damaged(slice: Int) throws {
    let store = MemoryStore()
    let world = try World(store: store) { if slice > 0 { $0.sliceBytes = slice } }
    let alice = world.account("alice", device: "desk")
    let bob = world.account("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.send("QUIT")
    bob.send((1...100).map { "PRIVMSG #tea :\($0)" })
    bob.send("PRIVMSG alice :hello")
    store.damagedTexts = ["60"]
    let again = world.account("alice", "batch", device: "desk")
    let lines = again.take()
    #expect(!again.isClosed)
    #expect(notices(lines).filter { $0.hasPrefix("Some messages of #tea cannot be read") }.count == 1)
    #expect(texts(lines).last == "hello" && texts(lines).count > 10)
    let batches = lines.filter { $0.command == "BATCH" }.map { $0.parameters[0].prefix(1) }
    #expect(batches == ["+", "-", "+", "-"])
    if slice == 0 { #expect(texts(lines).contains("100")) }
    again.send("QUIT")
    // The notice has told of them.
    let third = world.account("alice", device: "desk").take()
    #expect(texts(third).isEmpty && notices(third).isEmpty)
  }

  @Test("what cannot be read for a time is said, and is shown at the next sign-in", arguments: [false, true])
  func unavailable(isPage: Bool) throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice", device: "desk")
    let bob = world.account("bob")
    for client in [alice, bob] { client.send("JOIN #tea") }
    alice.send("QUIT")
    bob.send("PRIVMSG #tea :one")
    if isPage { bob.send("PRIVMSG alice :two") }
    store.readFailure = StoreError(.unavailable, "busy")
    var again = world.account("alice", device: "desk")
    let lines = again.take()
    #expect(texts(lines).isEmpty && !again.isClosed)
    #expect(notices(lines).count { $0.hasPrefix("Some messages of #tea cannot be read now") } == 1)
    #expect(notices(lines).count { $0.hasPrefix("Private messages that you have missed cannot be read now") } == 1)
    store.readFailure = nil
    // Nothing that the session does afterwards moves its place.
    bob.send("PRIVMSG #tea :three")
    #expect(texts(again.take()) == ["three"])
    world.pass(seconds: 40)
    again.send("PONG x", "QUIT")
    again = world.account("alice", device: "desk")
    #expect(texts(again.take()) == (isPage ? ["one", "three", "two"] : ["one", "three"]))
    again.send("QUIT")
    #expect(texts(world.account("alice", device: "desk").take()).isEmpty)
  }

  @Test("CHATHISTORY and HISTORY answer FAIL when a later part of a page is damaged, and the connection stays")
  func damagedPart() throws {
    let store = MemoryStore()
    let world = try World(store: store) { $0.sliceBytes = 700 }
    let alice = world.account("alice", "batch draft/chathistory message-tags labeled-response")
    alice.send("JOIN #tea")
    alice.send((1...50).map { "PRIVMSG #tea :\($0)" })
    alice.clear()
    // The damage comes while the page is on its way.
    alice.sink.isStalled = true
    alice.send("@label=1 CHATHISTORY LATEST #tea * 50")
    store.damagedTexts = ["40"]
    world.wake(alice)
    let lines = alice.take()
    #expect(lines.contains { $0.command == "FAIL" && $0.parameters.prefix(2) == ["CHATHISTORY", "MESSAGE_ERROR"] })
    #expect(texts(lines).first == "1")
    #expect(lines.filter { $0.command == "BATCH" }.map { $0.parameters[0].prefix(1) } == ["+", "+", "-", "-"])
    // A page that is damaged already is refused as a whole.
    for command in ["HISTORY #tea", "CHATHISTORY LATEST #tea * 50"] {
      alice.send(command, "PING x")
      #expect(alice.take().map(\.command) == ["FAIL", "PONG"])
    }
    alice.send("CHATHISTORY LATEST #tea * 10")
    #expect(texts(alice.take()) == (41...50).map(String.init))
  }

  @Test("a page ends at its bytes without the end tag, and paging goes on behind it")
  func pagesOfBytes() throws {
    let world = try World { ($0.peoplePerMinute, $0.multilineLines) = (0, 1_000) }
    let alice = world.account("alice", "batch draft/multiline message-tags draft/chathistory parley.chat/seq")
    alice.send("JOIN #tea")
    let count = 80
    for number in 0..<count {
      let line = "@batch=b PRIVMSG #tea :\(number) \(String(repeating: "x", count: 400))"
      alice.send(["BATCH +b draft/multiline #tea"] + Array(repeating: line, count: 150) + ["BATCH -b"])
    }
    var pages = 0
    var last = 0
    var isEnd = false
    while !isEnd, pages < 10 {
      alice.clear()
      alice.send("CHATHISTORY AFTER #tea parley.chat/seq=\(last) 1000")
      let lines = alice.take()
      isEnd = lines.first?.tags.contains { $0.key == "draft/chathistory-end" } ?? false
      let numbers = lines.compactMap { $0[tag: "parley.chat/seq"].flatMap(Int.init) }
      #expect(numbers == Array(last + 1..<last + 1 + numbers.count) && !numbers.isEmpty)
      last += numbers.count
      pages += 1
    }
    #expect(last == count && pages == 2)
  }

  @Test("reactions have 64 bytes, and one message bears only so many; all can be taken back")
  func reactions() throws {
    let world = try World()
    let alice = world.account("alice", "message-tags echo-message draft/chathistory batch draft/event-playback")
    alice.send("JOIN #tea", "PRIVMSG #tea :hello")
    let id = alice.take().last?[tag: "msgid"] ?? ""
    func react(_ reaction: String, _ word: String = "react") -> String {
      alice.send("@+draft/reply=\(id);+draft/\(word)=\(reaction) TAGMSG #tea")
      return alice.take().last.map { $0.command == "FAIL" ? $0.parameters[1] : $0.command } ?? ""
    }
    #expect(react(String(repeating: "r", count: 65)) == "INVALID_REACTION")
    #expect(react("") == "INVALID_REACTION")
    for number in 0..<32 { #expect(react("r\(number)") == "TAGMSG") }
    #expect(react("r32") == "TOO_MANY_REACTIONS")
    for number in 0..<32 { #expect(react("r\(number)", "unreact") == "TAGMSG") }
    #expect(react("r0", "unreact") == "TOO_MANY_REACTIONS")
  }

  @Test("all client tags are delivered, what is stored of them is bounded, replies first")
  func storedTags() throws {
    let world = try World()
    let alice = world.account("alice", "message-tags echo-message draft/chathistory batch")
    alice.send("JOIN #tea", "PRIVMSG #tea :hello")
    let id = alice.take().last?[tag: "msgid"] ?? ""
    alice.send(
      "@+x=\(String(repeating: "x", count: 900));+y=\(String(repeating: "y", count: 900));+draft/reply=\(id) PRIVMSG #tea :z"
    )
    let live = alice.take().last
    #expect(live?[tag: "+x"]?.count == 900 && live?[tag: "+y"]?.count == 900)
    alice.send("CHATHISTORY LATEST #tea * 1")
    let stored = alice.take().first { $0.command == "PRIVMSG" }
    #expect(stored?[tag: "+draft/reply"] == id && stored?[tag: "+x"]?.count == 900 && stored?[tag: "+y"] == nil)
  }

  @Test(
    "client tags of a message of several lines stand on each of its lines up to 512 bytes together, else on the first",
    arguments: [1, 167, 168, 900])
  func tagsOfLines(length: Int) throws {
    let world = try World()
    let alice = world.account("alice", "message-tags batch draft/multiline")
    let bob = world.guest("bob", "message-tags")
    for client in [alice, bob] { client.send("JOIN #tea") }
    bob.clear()
    let lines = (1...3).map { "@batch=b PRIVMSG #tea :\($0)" }
    let value = String(repeating: "y", count: length)
    alice.send(["@+x=\(value) BATCH +b draft/multiline #tea"] + lines + ["BATCH -b"])
    let shown = bob.take()
    #expect(shown.map { $0.parameters[1] } == ["1", "2", "3"])
    // Three tags of 170 bytes are 510, of 171 bytes 513.
    let rest = length <= 167 ? value : nil
    #expect(shown.map { $0[tag: "+x"] } == [value, rest, rest])
  }
}
