import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("CTCP")
struct CTCPTests {
  private let asking =
    "draft/chathistory draft/multiline batch message-tags echo-message labeled-response parley.chat/edit"

  private func texts(_ client: Client) -> [String] {
    client.take().filter { ["PRIVMSG", "NOTICE"].contains($0.command) }.map { $0.parameters[1] }
  }

  @Test func onlyActionIsKept() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    // Registering gives no device name.
    world.account("alice").send("QUIT")
    let alice = world.account("alice", device: "desk")
    alice.send("JOIN #tea")
    let bob = world.account("bob", asking)
    bob.send("JOIN #tea")
    alice.clear()
    bob.clear()
    let lines = [
      "PRIVMSG alice :\u{1}VERSION\u{1}", "PRIVMSG #tea :\u{1}PING 123\u{1}",
      "PRIVMSG alice :\u{1}DCC SEND a 1 2 3\u{1}",
      "NOTICE alice :\u{1}VERSION mine\u{1}", "PRIVMSG #tea :\u{1}ACTIONS\u{1}", "PRIVMSG #tea :\u{1}action waves\u{1}",
      "PRIVMSG #tea :\u{1}ACTION waves\u{1}\u{1}VERSION\u{1}", "PRIVMSG alice :\u{1}PING",
      "PRIVMSG #tea :\u{1}ACTION waves\u{1}",
      "PRIVMSG alice :hello \u{1}VERSION\u{1}", "PRIVMSG #tea :\u{2}\u{1}VERSION\u{1}",
      "PRIVMSG alice : \u{1}VERSION\u{1}", "PRIVMSG alice :hello \u{1}there", "NOTICE #tea :hello\u{1}",
      "PRIVMSG alice :hello \u{1}ACTION waves\u{1}", "PRIVMSG #tea :\u{1}ACTION waves\u{1} ",
      "PRIVMSG #tea :\u{1}ACTION waves \u{1}VERSION\u{1}", "PRIVMSG #tea :\u{1}ACTION",
    ]
    bob.send(lines)
    #expect(texts(alice).count == lines.count)
    let echoes = bob.take()
    #expect(echoes.filter { $0.command != "301" }.count == lines.count)
    #expect(echoes.filter { $0.command != "301" }.allSatisfy { $0[tag: "msgid"]?.isEmpty == false })
    #expect(try store.load().lastPosition == 2)
    // Who was away is asked nothing that was asked hours ago.
    alice.send("QUIT")
    bob.send(lines)
    let back = world.account("alice", device: "desk")
    #expect(texts(back) == ["\u{1}ACTION waves\u{1}", "\u{1}ACTION"])
    bob.clear()
    bob.send("CHATHISTORY LATEST alice * 50", "CHATHISTORY LATEST #tea * 50")
    #expect(texts(bob).allSatisfy { !$0.contains("VERSION") && !$0.contains("PING") && !$0.contains("DCC") })
  }

  @Test func norInMessagesOfSeveralLinesOrByAnEdit() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice")
    let bob = world.account("bob", asking)
    alice.clear()
    bob.clear()
    bob.send(
      "BATCH +1 draft/multiline alice", "@batch=1 PRIVMSG alice :hello", "@batch=1 PRIVMSG alice :\u{1}VERSION\u{1}",
      "BATCH -1")
    #expect(texts(alice) == ["hello", "\u{1}VERSION\u{1}"])
    // Joined by clients that know of it, the lines are one CTCP.
    bob.send(
      "BATCH +1 draft/multiline alice", "@batch=1 PRIVMSG alice :\u{1}ACTION",
      "@batch=1;draft/multiline-concat PRIVMSG alice :S", "BATCH -1")
    #expect(texts(alice) == ["\u{1}ACTION", "S"])
    #expect(try store.load().lastPosition == 0)
    bob.clear()
    bob.send("PRIVMSG alice :hello")
    let id = try #require(bob.take().last?[tag: "msgid"])
    bob.send("EDIT alice \(id) :\u{1}VERSION\u{1}", "EDIT alice \(id) :so \u{1}VERSION\u{1}")
    bob.send("EDIT alice \(id) :\u{1}ACTION waves\u{1}")
    #expect(bob.take().map(\.command) == ["FAIL", "FAIL", "EDIT"])
  }

  @Test func limitsAndModesApply() throws {
    let world = try World()
    let alice = world.account("alice")
    alice.send("JOIN #tea", "MODE #tea +f 2:60")
    let bob = world.guest("bob", "echo-message")
    bob.send("JOIN #tea")
    bob.clear()
    for number in 1...3 { bob.send("PRIVMSG #tea :\u{1}PING \(number)\u{1}") }
    #expect(bob.commands() == ["PRIVMSG", "PRIVMSG", "404"])
    alice.send("MODE #tea -f+C")
    bob.clear()
    bob.send("PRIVMSG #tea :\u{1}PING\u{1}", "PRIVMSG #tea :\u{1}ACTION waves\u{1}")
    #expect(bob.commands() == ["404", "PRIVMSG"])
  }

  @Test func botsNeedNotBeReplayedTo() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    var bot = world.account("robot")
    bot.send("JOIN #cmds", "MODE robot +B", "NS SET REPLAY maybe", "NS SET REPLAY OFF")
    #expect(bot.lines.last?.parameters[1].hasPrefix("Your devices are not shown") == true)
    bot.send("QUIT")
    let alice = world.account("alice", "draft/chathistory")
    alice.send("JOIN #cmds", "PRIVMSG #cmds :!deploy", "PRIVMSG robot :!deploy")
    bot = world.account("robot")
    #expect(!bot.commands().contains("PRIVMSG"))
    bot.clear()
    alice.send("PRIVMSG #cmds :!now")
    #expect(texts(bot) == ["!now"])
    // It stays over a restart; what has passed meanwhile is not shown when it is turned on again.
    world = try World(store: store)
    bot = world.account("robot")
    #expect(!bot.commands().contains("PRIVMSG"))
    bot.send("NS INFO", "NS SET REPLAY ON", "QUIT")
    #expect(bot.lines.contains { $0.parameters.last == "Replay of missed messages: off" })
    let again = world.account("alice", "draft/chathistory")
    again.send("PRIVMSG #cmds :!later")
    bot = world.account("robot")
    #expect(texts(bot).filter { $0.hasPrefix("!") } == ["!later"])
  }
}
