import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// IRCv3 "chathistory": event playback, context and end; "react" and "typing".
@Suite("History: events, context, end")
struct PlaybackTests {
  private static let plain = "message-tags batch echo-message draft/chathistory"
  private static let all = plain + " draft/event-playback draft/message-redaction parley.chat/seq"

  private func history(_ client: Client, _ words: String) -> [Message] {
    client.clear()
    client.send("CHATHISTORY \(words)")
    return client.take()
  }

  private func commands(_ lines: [Message]) -> [String] { lines.map(\.command).filter { $0 != "BATCH" } }

  private func isEnd(_ lines: [Message]) -> Bool {
    lines.first?.tags.contains { $0.key == "draft/chathistory-end" } ?? false
  }

  @Test func roomEventsArePlayedBackToWhoAsksComingsOnlyIfKept() throws {
    for keeps in [false, true] {
      let world = try World { $0.historyComings = keeps }
      let alice = world.account("alice", Self.all)
      let bob = world.guest("bob", Self.plain)
      alice.send("JOIN #tea", "TOPIC #tea :green tea", "MODE #tea +m")
      bob.send("JOIN #tea", "NICK robert")
      alice.send("PRIVMSG #tea :hello", "KICK #tea robert :bye now")
      bob.send("JOIN #tea", "PART #tea :gone", "JOIN #tea", "QUIT :off")
      let expected =
        keeps
        ? [
          "JOIN", "TOPIC", "MODE", "JOIN", "NICK", "PRIVMSG", "KICK", "JOIN", "PART", "JOIN", "QUIT",
        ] : ["TOPIC", "MODE", "PRIVMSG", "KICK"]
      let lines = history(alice, "LATEST #tea * 50")
      #expect(commands(lines) == expected, "\(keeps)")
      let kick = try #require(lines.first { $0.command == "KICK" })
      #expect(kick.parameters == ["#tea", "robert", "bye now"] && kick.source?.hasPrefix("alice!") == true)
      let carol = world.guest("carol", Self.plain)
      carol.send("JOIN #tea")
      #expect(commands(history(carol, "LATEST #tea * 1")) == ["PRIVMSG"])
    }
  }

  /// "draft/chathistory-end": the last page says that it is.
  @Test func theLastPageSaysSo() throws {
    let world = try World()
    let alice = world.account("alice", Self.plain)
    alice.send("JOIN #tea")
    alice.send((1...4).map { "PRIVMSG #tea :\($0)" })
    let ids = alice.take().filter { $0.command == "PRIVMSG" }.compactMap { $0[tag: "msgid"] }
    #expect(isEnd(history(alice, "LATEST #tea * 4")) && !isEnd(history(alice, "LATEST #tea * 3")))
    #expect(
      isEnd(history(alice, "BEFORE #tea msgid=\(ids[2]) 2")) && !isEnd(history(alice, "BEFORE #tea msgid=\(ids[2]) 1")))
    #expect(
      isEnd(history(alice, "AFTER #tea msgid=\(ids[1]) 2")) && !isEnd(history(alice, "AFTER #tea msgid=\(ids[1]) 1")))
    #expect(isEnd(history(alice, "BETWEEN #tea msgid=\(ids[0]) msgid=\(ids[3]) 2")))
    #expect(!isEnd(history(alice, "BETWEEN #tea msgid=\(ids[3]) msgid=\(ids[0]) 1")))
    #expect(isEnd(history(alice, "AROUND #tea msgid=\(ids[2]) 4")), "nothing before, nothing behind")
    for page in ["\(ids[3]) 4", "\(ids[0]) 4", "\(ids[0]) 1", "\(ids[3]) 1", "\(ids[1]) 3"] {
      #expect(!isEnd(history(alice, "AROUND #tea msgid=\(page)")), "\(page)")
    }
    let (from, to) = ("timestamp=2000-01-01T00:00:00.000Z", "timestamp=2099-01-01T00:00:00.000Z")
    alice.send("PRIVMSG alice :note")
    #expect(isEnd(history(alice, "TARGETS \(from) \(to) 2")) && !isEnd(history(alice, "TARGETS \(from) \(to) 1")))
  }

  /// "draft/chathistory-context": reactions follow their message, folded, when they stand outside the page.
  @Test func reactionsAreKeptAndFolded() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    alice.send("JOIN #tea")
    bob.send("JOIN #tea")
    alice.clear()
    alice.send("PRIVMSG #tea :hello")
    let id = try #require(alice.take().last?[tag: "msgid"])
    for change in ["react=👍", "react=🎉", "unreact=👍", "react=👎", "unreact=👎", "react=👎"] {
      bob.send("@+draft/reply=\(id);+draft/\(change) TAGMSG #tea")
    }
    alice.send("@+draft/reply=\(id);+draft/react=🎉 TAGMSG #tea", "@+typing=active TAGMSG #tea")
    // In their places while all is asked for.
    #expect(commands(history(alice, "LATEST #tea * 50")) == ["PRIVMSG"] + Array(repeating: "TAGMSG", count: 7))
    let page = history(alice, "AFTER #tea parley.chat/seq=0 1")
    let context = page.filter { $0.command == "TAGMSG" }
    #expect(context.allSatisfy { line in line.tags.contains { $0.key == "draft/chathistory-context" } })
    #expect(context.map { $0[tag: "+draft/react"] } == ["🎉", "👎", "🎉"])
    #expect(Set(context.map { $0[tag: "msgid"] }).count == 3 && page[1].command == "PRIVMSG")
    // A reaction is taken back like a message.
    let reaction = try #require(context[0][tag: "msgid"])
    bob.send("REDACT #tea \(reaction)")
    #expect(history(alice, "AFTER #tea parley.chat/seq=0 1").filter { $0.command == "TAGMSG" }.count == 2)
    let carol = world.guest("carol", Self.plain)
    carol.send("JOIN #tea")
    #expect(commands(history(carol, "LATEST #tea * 50")) == ["PRIVMSG"])
  }

  /// typing: "MUST NOT send more than one every 3 seconds": of those who do, the others do not hear.
  @Test func typingIsThrottled() throws {
    let world = try World()
    let alice = world.account("alice", Self.plain)
    let bob = world.account("bob", Self.plain)
    bob.clear()
    alice.clear()
    alice.send("@+typing=active TAGMSG bob", "@+typing=active TAGMSG bob", "@+typing=paused TAGMSG bob")
    #expect(alice.commands() == ["TAGMSG", "TAGMSG", "TAGMSG"])
    #expect(bob.take().map { $0[tag: "+typing"] } == ["active", "paused"])
    world.pass(seconds: 4)
    alice.send("@+typing=paused TAGMSG bob")
    #expect(bob.take().map { $0[tag: "+typing"] } == ["paused"])
    for number in 0..<40 { alice.send("@+typing=active TAGMSG #nowhere\(number)") }
  }

  /// Access is checked when the store has answered, too.
  @Test func whoIsKickedMeanwhileGetsNothing() throws {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let bob = world.account("bob", Self.all)
    alice.send("JOIN #tea")
    bob.send("JOIN #tea")
    alice.send("PRIVMSG #tea :secret")
    bob.clear()
    bob.send("CHATHISTORY LATEST #tea * 5")
    #expect(commands(bob.take()).contains("PRIVMSG"))
    alice.send("KICK #tea bob")
    bob.clear()
    bob.send("CHATHISTORY LATEST #tea * 5")
    #expect(bob.take().map { $0.parameters[1] } == ["INVALID_TARGET"])
  }
}
