import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// What only server operators may do, and what bots and banned people may not.
@Suite("Operators, bots, bans")
struct OperatorTests {
  private func anOperator(_ world: World) throws -> Client {
    let client = world.account("root")
    try world.makeOperator("root")
    client.send("OPER root sesame")
    client.clear()
    return client
  }

  @Test func killEndsEveryDeviceAndSaysWhy() throws {
    let world = try World()
    let root = try anOperator(world)
    let (one, two) = (world.account("alice"), world.account("alice"))
    let bob = world.guest("bob")
    bob.send("KILL alice :because", "WALLOPS :hello")
    #expect(bob.commands() == ["481", "481"])
    root.clear()
    root.send("KILL nobody :x", "KILL alice :spam")
    #expect(root.commands() == ["401"])
    for device in [one, two] {
      #expect(device.isClosed)
      #expect(device.lines.suffix(2).map(\.command) == ["KILL", "ERROR"])
      #expect(device.lines.last?.parameters.last?.contains("spam") == true)
    }
    root.clear()
    root.send("KILL root :tired")
    #expect(root.isClosed)
  }

  @Test func wallopsReachThoseWhoWantThem() throws {
    let world = try World()
    let root = try anOperator(world)
    let (bob, carol) = (world.guest("bob"), world.guest("carol"))
    bob.send("MODE bob +w")
    bob.clear()
    root.send("WALLOPS :The server restarts at noon")
    #expect(bob.read().map { $0.contains("WALLOPS :The server restarts at noon") } == [true])
    #expect(carol.lines.isEmpty)
  }

  @Test func theServerTellsOfItself() throws {
    let world = try World { $0.admin = "root@example.org" }
    let bob = world.guest("bob")
    bob.send("INFO", "ADMIN", "LINKS", "HELP", "HELP privmsg", "HELPOP nonsense")
    #expect(
      Set(bob.commands()) == ["371", "374", "256", "257", "259", "365", "704", "705", "706", "524"])
  }

  @Test func statsSayLittleAndOperatorsOnlyToOperators() throws {
    let world = try World()
    let root = try anOperator(world)
    let bob = world.guest("bob")
    world.pass(seconds: 100)
    bob.clear()
    root.clear()
    bob.send("STATS u", "STATS o", "STATS x", "STATS :")
    #expect(bob.commands() == ["242", "219", "481", "219", "219"])
    #expect(bob.lines.first?.parameters.last == "Server Up 0 days 0:01:40")
    root.send("STATS o")
    #expect(root.take().filter { $0.command == "243" }.map(\.parameters.last) == ["root"])
  }

  /// Every command has its help, and there is none for what is not there.
  @Test func helpIsComplete() throws {
    let world = try World()
    let bob = world.guest("bob")
    bob.send("HELP")
    let words = bob.take().filter { $0.command == "705" }.flatMap { $0.parameters[2].split(separator: " ") }
    for word in words {
      bob.clear()
      bob.send("HELP \(word)")
      #expect(bob.commands().first == "704", "\(word)")
      bob.send("\(word)")
      #expect(!bob.lines.contains { $0.command == "421" && $0.parameters[1] == word }, "\(word)")
      if bob.isClosed { break }
    }
    #expect(words.count >= 40)
  }

  /// IRCv3 "bot-mode".
  @Test func botsAreMarked() throws {
    let world = try World()
    let (bot, bob) = (world.guest("robot"), world.guest("bob", "message-tags"))
    bot.send("MODE robot +B")
    bot.send("PRIVMSG bob :beep")
    #expect(bob.lines.last?[tag: "bot"] != nil)
    bob.clear()
    bob.send("WHOIS robot", "WHO robot")
    #expect(bob.lines.contains { $0.command == "335" })
    #expect(bob.lines.first { $0.command == "352" }?.parameters[6].contains("B") == true)
    bot.send("MODE robot -B", "PRIVMSG bob :boop")
    #expect(bob.lines.last?[tag: "bot"] == nil)
  }

  /// IRCv3 "bot-mode": the tag stands on all commands, has no value, and comes only to those with message-tags.
  @Test func everythingThatABotDoesIsMarked() throws {
    let world = try World { $0.historyComings = true }
    let bot = world.account("robot", "message-tags draft/message-redaction parley.chat/edit echo-message")
    let capabilities = "message-tags draft/message-redaction away-notify account-notify invite-notify setname"
    let bob = world.account("bob", capabilities + " parley.chat/edit draft/chathistory draft/event-playback batch")
    let old = world.guest("old")
    for client in [bob, bot, old] { client.send("JOIN #tea") }
    bot.send("MODE robot +B", "PART #tea")
    bob.clear()
    old.clear()
    bob.send("MODE #tea +i", "INVITE robot #tea")
    bot.send("JOIN #tea")
    bob.send("MODE #tea +o robot")
    _ = bob.take()
    old.clear()
    bot.send("PRIVMSG #tea :beep")
    let id = try #require(bot.lines.last?[tag: "msgid"])
    bot.send(
      "EDIT #tea \(id) :beeep", "TOPIC #tea :bots", "MODE #tea +m", "NOTICE #tea :n", "TAGMSG #tea", "AWAY :out",
      "SETNAME :R", "NICK r2", "REDACT #tea \(id)", "KICK #tea old", "PART #tea :off")
    let lines = bob.take()
    #expect(
      lines.map(\.command) == [
        "PRIVMSG", "EDIT", "TOPIC", "MODE", "NOTICE", "TAGMSG", "AWAY", "SETNAME", "NICK", "REDACT", "KICK", "PART",
      ])
    #expect(lines.filter { $0[tag: "bot"] != "" }.map(\.wire) == [])
    #expect(!old.read().contains { $0.contains("bot;") || $0.contains("@") && $0.hasPrefix("@") })
    bob.send("CHATHISTORY LATEST #tea * 50")
    let history = bob.take().filter { $0.wire.contains(":robot!") || $0.wire.contains(":r2!") }
    #expect(history.count >= 8)
    // What it did before it was marked is not.
    #expect(history.filter { $0[tag: "bot"] != "" }.map(\.command) == ["JOIN"])
  }

  /// IRCv3 "account-extban".
  @Test func accountBansMatchAccountsAndNotNicks() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send("JOIN #tea", "MODE #tea +b a:bob")
    let stranger = world.guest("bobby")
    stranger.send("JOIN #tea")
    #expect(stranger.commands().first == "JOIN")
    let bob = world.account("bob")
    bob.clear()
    bob.send("JOIN #tea")
    #expect(bob.commands() == ["474"])
    alice.send("MODE #tea -b a:BOB")
    bob.clear()
    bob.send("JOIN #tea")
    #expect(bob.commands().first == "JOIN")
  }

  @Test func mutedPeopleComeInAndDoNotSpeak() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice"), world.account("bob"))
    alice.send("JOIN #tea", "MODE #tea +b m:a:bob")
    bob.send("JOIN #tea")
    bob.clear()
    bob.send("PRIVMSG #tea :hello")
    #expect(bob.commands() == ["404"])
    alice.send("MODE #tea +e m:bob!*@*")
    alice.clear()
    bob.send("PRIVMSG #tea :hello")
    #expect(alice.read().last?.hasSuffix("PRIVMSG #tea hello") == true)
    alice.send("MODE #tea -e m:bob!*@*", "MODE #tea +v bob")
    alice.clear()
    bob.send("PRIVMSG #tea :hello")
    #expect(alice.commands() == ["PRIVMSG"])
  }

  @Test func inviteWithoutParametersListsInvitations() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice"), world.guest("bob"))
    alice.send("JOIN #tea", "JOIN #milk", "INVITE bob #tea", "INVITE bob #milk")
    bob.send("JOIN #milk")
    bob.clear()
    bob.send("INVITE")
    #expect(
      bob.read().map { $0.split(separator: " ").dropFirst().joined(separator: " ") } == [
        "336 bob #tea", "337 bob :End of /INVITE list",
      ])
  }

  /// With the privileges of another's account, by its password.
  @Test func operEndsWithItsConnection() throws {
    let world = try World()
    _ = try anOperator(world)
    let (desk, phone) = (world.account("alice"), world.account("alice"))
    for client in [desk, phone] { client.clear() }
    desk.send("OPER root sesame")
    #expect(desk.commands() == ["381", "MODE"])
    let source = desk.lines.last?.source ?? ""
    #expect(source.hasPrefix("alice!alice@"))
    #expect(phone.read() == [":\(source) MODE alice +o"])
    phone.send("STATS o")
    #expect(phone.commands().contains("243"))
    phone.clear()
    desk.send("QUIT")
    #expect(phone.read() == [":\(source) MODE alice -o"])
    phone.send("STATS o")
    #expect(phone.commands() == ["481"])
    // The other way round: it stays with the one that has it.
    let tablet = world.account("alice")
    tablet.send("OPER root sesame")
    phone.send("QUIT")
    tablet.clear()
    tablet.send("STATS o", "MODE alice")
    #expect(tablet.take().first { $0.command == "221" }?.parameters.last == "+or")
    // A connection lost, and one that becomes another account's.
    tablet.drop()
    let again = world.account("alice")
    again.clear()
    again.send("STATS o", "OPER root sesame")
    #expect(again.commands() == ["481", "381", "MODE"])
    _ = world.account("bob")
    again.send("AUTHENTICATE PLAIN", "AUTHENTICATE " + Base64.encode(Array("\0bob\0sesame".utf8)))
    again.clear()
    again.send("STATS o")
    #expect(again.commands() == ["481"])
    again.clear()
    again.send("LUSERS")
    #expect(again.lines.first { $0.command == "252" }?.parameters[1] == "1")
  }

  /// The modes that a client computes from the lines are those that it has, whatever way it signs in.
  @Test func clientsOfAnOperatorsAccountAreToldThatTheyAreOperators() throws {
    func modes(_ client: Client) -> [[String]] { client.take().filter { $0.command == "MODE" }.map(\.parameters) }
    func authenticate(_ client: Client) {
      client.send("AUTHENTICATE PLAIN", "AUTHENTICATE " + Base64.encode(Array("\0alice\0sesame".utf8)))
    }
    let world = try World { $0.alwaysOn = false }
    let desk = world.account("alice")
    #expect(modes(desk) == [["alice", "+r"]])
    try world.makeOperator("alice")
    let phone = world.account("alice")
    #expect(modes(phone) == [["alice", "+or"]])
    #expect(modes(desk) == [["alice", "+o"]])
    #expect(modes(world.account("alice")) == [["alice", "+or"]])
    #expect(modes(desk) == [])
    // A guest that becomes a device of a user who is there.
    let other = world.guest("other", "sasl")
    authenticate(other)
    #expect(modes(other) == [["alice", "+or"]])
    desk.send("KILL alice :enough")
    #expect(phone.isClosed && other.isClosed)
    // One that keeps its nick: `r` is told by 900.
    let guest = world.guest("guest", "sasl")
    authenticate(guest)
    #expect(modes(guest) == [["guest", "+o"]])
    guest.send("MODE guest")
    #expect(guest.take().first { $0.command == "221" }?.parameters.last == "+or")
  }

  @Test func operEndsWithWhatItWasHadBy() throws {
    let ends: [(String, (inout AccountRecord?) -> Void)] = [
      ("revoked", { $0?.isOperator = false }),
      ("suspended", { $0?.suspension = "for a while" }),
      ("deleted", { $0 = nil }),
      ("new password", { $0?.verifier?.iterations += 1 }),
    ]
    for (name, end) in ends {
      let world = try World()
      _ = try anOperator(world)
      let (alice, guest) = (world.account("alice"), world.guest("guest"))
      for client in [alice, guest] {
        client.send("OPER root sesame")
        client.clear()
      }
      try world.administer("root", end)
      for client in [alice, guest] {
        #expect(client.take().contains { $0.command == "MODE" && $0.parameters.last == "-o" }, "\(name)")
        client.send("STATS o")
        #expect(client.commands() == ["481"], "\(name)")
      }
    }
  }

  /// Also for a device that was an operator with another's password, and for guests.
  @Test func rolesInTheServersRoomsEndWithThePrivileges() throws {
    let world = try World()
    let root = try anOperator(world)
    root.send("JOIN #tea", "MODE #tea +P")
    let (alice, guest, bob) = (world.account("alice"), world.guest("guest"), world.guest("bob"))
    bob.send("JOIN #tea")
    for client in [alice, guest] { client.send("OPER root sesame", "JOIN #tea") }
    bob.clear()
    bob.send("NAMES #tea")
    let names = bob.take().filter { $0.command == "353" }.flatMap { $0.parameters[3].split(separator: " ") }
    #expect(Set(names) == ["@root", "@alice", "@guest", "bob"])
    try world.administer("root") { $0?.isOperator = false }
    let changes = bob.take().filter { $0.command == "MODE" }
    #expect(
      Set(changes.map(\.parameters)) == [["#tea", "-o", "alice"], ["#tea", "-o", "guest"]], "root is its founder")
    for client in [alice, guest] {
      client.clear()
      client.send("MODE #tea +m")
      #expect(client.commands() == ["482"])
    }
    let stored = try world.store.load().memberships.filter { $0.roles & Roles.operator.rawValue != 0 }
    #expect(stored.count == 1)
  }

  @Test func aPasswordChangedByItsOwnerEndsWhatOthersHadByIt() throws {
    let world = try World()
    let root = try anOperator(world)
    let alice = world.account("alice")
    alice.send("OPER root sesame")
    alice.clear()
    root.send("NS PASSWD sesame new-password")
    root.clear()
    alice.clear()
    alice.send("STATS o")
    root.send("STATS o")
    #expect(alice.commands() == ["481"])
    #expect(root.commands().contains("243"))
  }

  @Test func aRoomThatIsNotKeptAnyMoreEndsIfNobodyIsThere() throws {
    let world = try World()
    let root = try anOperator(world)
    root.send("JOIN #tea", "MODE #tea +P", "PRIVMSG #tea :between us", "PART #tea", "MODE #tea -P")
    let bob = world.guest("bob", "draft/chathistory batch")
    bob.send("JOIN #tea", "CHATHISTORY LATEST #tea * 10")
    #expect(!bob.lines.contains { $0.command == "PRIVMSG" })
    #expect(bob.lines.contains { $0.command == "353" && $0.parameters.last == "@bob" })
  }
}
