import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// IRCv3 "message-redaction", and editing (docs/protocol.md, "parley.chat/edit").
@Suite("Redaction and editing")
struct RedactionTests {
  private static let all =
    "message-tags echo-message batch server-time draft/chathistory draft/event-playback draft/message-redaction parley.chat/edit parley.chat/seq labeled-response"

  private func said(_ client: Client, _ line: String) throws -> String {
    client.send(line)
    return try #require(client.take().last { $0.command == "PRIVMSG" }?[tag: "msgid"])
  }

  private func history(_ client: Client, _ target: String, _ words: String = "LATEST") -> [String] {
    client.clear()
    client.send("CHATHISTORY \(words) \(target) * 50")
    return client.read().filter { !$0.contains(" BATCH ") }
  }

  @Test func theAuthorTakesBackAndEverybodyWhoUnderstandsItIsTold() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let phone = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    let old = world.guest("old", "message-tags draft/chathistory batch")
    for client in [alice, bob, old] { client.send("JOIN #tea") }
    let id = try said(alice, "PRIVMSG #tea :oops")
    for client in [phone, bob, old] { client.clear() }
    alice.send("REDACT #tea \(id) :wrong room")
    let line = ":alice!alice@"
    for client in [alice, phone, bob] {
      let lines = client.read()
      #expect(
        lines.count == 1 && lines[0].hasPrefix(line) && lines[0].hasSuffix("REDACT #tea \(id) :wrong room"), "\(lines)")
    }
    #expect(old.lines.isEmpty)
    #expect(history(old, "#tea") == [])
    #expect(history(bob, "#tea").filter { !$0.contains(" MODE ") }.map { $0.split(separator: " ")[1] } == ["REDACT"])
    // Once, and nobody else.
    alice.send("REDACT #tea \(id)")
    #expect(alice.read() == [":irc.example.org FAIL REDACT UNKNOWN_MSGID #tea \(id) :There is no such message"])
  }

  @Test func moderatorsTakeBackOthersMessagesAndMembersDoNot() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    let carol = world.account("carol", Self.all)
    for client in [alice, bob, carol] { client.send("JOIN #tea") }
    let own = try said(alice, "PRIVMSG #tea :mine")
    let others = try said(bob, "PRIVMSG #tea :spam")
    carol.clear()
    carol.send("REDACT #tea \(own)", "REDACT #tea \(others)")
    #expect(carol.commands() == ["FAIL", "FAIL"])
    #expect(carol.take().map { $0.parameters[1] } == ["REDACT_FORBIDDEN", "REDACT_FORBIDDEN"])
    alice.send("REDACT #tea \(others)")
    #expect(carol.take().last?.command == "REDACT")
  }

  /// Ergo's advisory of 2026: rights over one conversation say nothing about another.
  @Test func rightsInOneConversationAreNoneInAnother() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    let carol = world.account("carol", Self.all)
    alice.send("JOIN #tea")
    bob.send("JOIN #milk")
    let room = try said(alice, "PRIVMSG #tea :in the room")
    let direct = try said(alice, "PRIVMSG carol :between us")
    try world.makeOperator("bob")
    bob.send("OPER bob secret-password", "JOIN #tea")
    bob.clear()
    // As operator of another room, as server operator, and as a third.
    for line in [
      "REDACT #milk \(room)", "REDACT #milk \(direct)", "REDACT carol \(direct)", "REDACT alice \(direct)",
      "REDACT #tea \(room)", "EDIT #tea \(room) :x", "EDIT alice \(direct) :x",
    ] {
      bob.send(line)
      #expect(bob.commands() == ["FAIL"], "\(line)")
      #expect(["UNKNOWN_MSGID", "REDACT_FORBIDDEN", "EDIT_FORBIDDEN"].contains(bob.take()[0].parameters[1]), "\(line)")
    }
    // The other of the two did not write it.
    carol.clear()
    carol.send("REDACT alice \(direct)", "EDIT alice \(direct) :x")
    #expect(carol.take().map { $0.parameters[1] } == ["REDACT_FORBIDDEN", "EDIT_FORBIDDEN"])
    alice.send("PART #tea")
    alice.clear()
    alice.send("REDACT #tea \(room)", "REDACT #nowhere \(room)", "REDACT nobody \(room)")
    #expect(alice.take().map { $0.parameters[1] } == ["INVALID_TARGET", "INVALID_TARGET", "INVALID_TARGET"])
  }

  @Test func anEditGivesTheMessageItsTextForAll() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    let old = world.guest("old", "message-tags draft/chathistory batch")
    for client in [alice, bob, old] { client.send("JOIN #tea") }
    let id = try said(alice, "PRIVMSG #tea :teh")
    for client in [bob, old] { client.clear() }
    alice.send("@label=1 EDIT #tea \(id) :the")
    let echo = alice.take()
    #expect(
      echo.map(\.command) == ["EDIT"] && echo[0][tag: "label"] == "1" && echo[0].parameters == ["#tea", id, "the"])
    #expect(echo[0][tag: "msgid"] != nil && echo[0][tag: "msgid"] != id)
    #expect(bob.take().map(\.parameters) == [["#tea", id, "the"]])
    let fallback = old.take()
    #expect(fallback.map(\.command) == ["PRIVMSG"] && fallback[0].parameters == ["#tea", "* the"])
    #expect(fallback[0][tag: "+draft/reply"] == id)
    #expect(history(old, "#tea").map { $0.split(separator: " ", maxSplits: 1)[1] } == ["PRIVMSG #tea the"])
    #expect(history(bob, "#tea").map { $0.split(separator: " ")[1] } == ["PRIVMSG", "EDIT"])
    bob.clear()
    bob.send("EDIT #tea \(id) :not mine", "EDIT #tea nonsense :x", "EDIT #tea \(id) :")
    #expect(bob.take().map { $0.parameters[1] } == ["EDIT_FORBIDDEN", "UNKNOWN_MSGID", "No text to send"])
  }

  @Test func anEditWithAKeyHappensOnce() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    let id = try said(alice, "PRIVMSG bob :teh")
    bob.clear()
    alice.send("@+parley.chat/key=d.1 EDIT bob \(id) :the", "@+parley.chat/key=d.1 EDIT bob \(id) :the")
    let echoes = alice.take()
    #expect(echoes.count == 2 && echoes[0][tag: "msgid"] == echoes[1][tag: "msgid"])
    #expect(bob.read().count == 1)
    alice.send("@+parley.chat/key=d.1 EDIT bob \(id) :other")
    #expect(alice.take().map { $0.parameters[1] } == ["KEY_REUSED"])
  }

  @Test func whatCannotBeStoredDidNotHappen() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    let id = try said(alice, "PRIVMSG bob :keep me")
    bob.clear()
    for line in ["REDACT bob \(id)", "EDIT bob \(id) :x"] {
      store.failure = StoreError(.full, "disk full")
      alice.send(line)
      #expect(alice.take().map { $0.parameters[1] } == ["STORE_UNAVAILABLE"])
    }
    #expect(bob.lines.isEmpty)
    #expect(history(bob, "alice").map { $0.split(separator: " ", maxSplits: 1)[1] } == ["PRIVMSG bob :keep me"])
  }

  /// A client without chathistory is told when it comes back, of a message it has, and not of one it has not.
  @Test func whoWasAwayIsTold() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    _ = world.account("bob")
    let old = world.account("bob", "message-tags", device: "irssi")
    let seen = try said(alice, "PRIVMSG bob :seen")
    old.send("PING x")
    old.send("QUIT")
    let unseen = try said(alice, "PRIVMSG bob :unseen")
    alice.send("EDIT bob \(seen) :seen, edited", "EDIT bob \(unseen) :unseen, edited")
    let again = world.account("bob", "message-tags", device: "irssi")
    #expect(
      again.take().filter { $0.command == "PRIVMSG" }.map { $0.parameters[1] } == ["unseen, edited", "* seen, edited"])
  }

  @Test func privateChangesReachGuests() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let guest = world.guest("guest", Self.all)
    let (first, second) = (try said(alice, "PRIVMSG guest :one"), try said(alice, "PRIVMSG guest :two"))
    let own = try said(guest, "PRIVMSG alice :three")
    for client in [alice, guest] { client.clear() }
    alice.send("EDIT GUEST \(first) :uno", "REDACT guest \(second) :sorry")
    #expect(
      guest.take().map(\.parameters) == [["guest", first, "uno"], ["guest", second, "sorry"]])
    alice.clear()
    guest.send("NICK visitor", "EDIT alice \(own) :tre")
    #expect(alice.take().map(\.parameters).last == ["alice", own, "tre"])
    // Still the same person.
    alice.send("EDIT visitor \(first) :ein")
    #expect(guest.take().last?.parameters == ["visitor", first, "ein"])
    guest.send("QUIT")
    alice.clear()
    alice.send("EDIT visitor \(first) :un")
    #expect(alice.commands() == ["EDIT"])
  }

  /// Whoever is not heard is not heard in what it said before.
  @Test func whoIsSilencedCannotSpeakThroughOldMessages() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    var alice = world.account("alice", Self.all)
    var bob = world.account("bob", Self.all)
    let phone = world.account("alice", Self.all)
    let (edited, taken) = (try said(alice, "PRIVMSG bob :hello"), try said(alice, "PRIVMSG bob :there"))
    bob.send("SILENCE +a:alice")
    for client in [alice, phone, bob] { client.clear() }
    alice.send("EDIT bob \(edited) :abuse")
    // For alice it is as always.
    for client in [alice, phone] {
      #expect(client.lines.map(\.parameters) == [["bob", edited, "abuse"]])
      #expect(client.take().first?[tag: "parley.chat/seq"] == "3")
    }
    // What was said may be taken back, without a word more.
    alice.send("REDACT bob \(taken) :abuse")
    #expect(bob.take().map(\.parameters) == [["bob", taken]])
    world = try World(store: store)
    (alice, bob) = (world.account("alice", Self.all), world.account("bob", Self.all))
    for client in [alice, bob] {
      let lines = history(client, client === bob ? "alice" : "bob")
      let (shown, other) = client === bob ? ("hello", "abuse") : ("abuse", "hello")
      #expect(
        lines.contains { $0.hasSuffix("PRIVMSG bob \(shown)") } && !lines.contains { $0.contains(other) }, "\(lines)")
    }
    bob.send("SILENCE -a:alice")
    bob.clear()
    alice.send("EDIT bob \(edited) :hello, Bob")
    #expect(bob.take().map(\.parameters) == [["bob", edited, "hello, Bob"]])
  }

  @Test func whoHearsOnlySignedInPeopleHearsNoGuestsEdits() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let guest = world.guest("guest", Self.all)
    let id = try said(guest, "PRIVMSG alice :hello")
    alice.send("MODE alice +R")
    for client in [alice, guest] { client.clear() }
    guest.send("EDIT alice \(id) :buy")
    #expect(guest.commands() == ["477"])
    #expect(alice.lines.isEmpty)
    alice.send("ACCEPT guest")
    guest.send("EDIT alice \(id) :hello there")
    #expect(alice.take().map(\.parameters) == [["alice", id, "hello there"]])
  }

  @Test func whoMayNotSpeakGivesNoReason() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    for client in [alice, bob] { client.send("JOIN #tea") }
    let id = try said(bob, "PRIVMSG #tea :hello")
    alice.send("MODE #tea +b m:a:bob")
    alice.clear()
    bob.send("REDACT #tea \(id) :and one thing more")
    #expect(alice.take().map(\.parameters) == [["#tea", id]])
  }
}
