import IRC
import ParleyCore
import ParleyTesting
import Testing

/// Limits that hold for guests from the first evening on, by address.
@Suite("Limits for guests")
struct GuestLimitTests {
  private func guest(_ world: World, _ nick: String, _ address: String = "192.0.2.1", trusted: Bool = false) -> Client {
    let client = world.connect(address: address, trusted: trusted)
    client.send("NICK \(nick)", "USER \(nick) 0 * :\(nick)")
    return client
  }

  @Test("new guests of one address in a minute; accounts and other addresses are not concerned")
  func connections() throws {
    let world = try World {
      $0.guestConnectionsPerMinute = 3
      $0.connectionsPerMinute = 1_000
    }
    world.account("alice").send("QUIT")
    for number in 0..<3 { #expect(guest(world, "g\(number)").commands().contains("001")) }
    let fourth = guest(world, "g3")
    #expect(fourth.isClosed)
    #expect(fourth.lines.contains { $0.command == "FAIL" && $0.parameters[1] == "RATE_LIMITED" })
    #expect(guest(world, "g4", "192.0.2.2").commands().contains("001"))
    #expect(guest(world, "g5", trusted: true).commands().contains("001"))
    let alice = world.connect(address: "192.0.2.1", trusted: false)
    alice.send("CAP REQ :sasl", "NICK alice", "USER x 0 * :x", "AUTHENTICATE PLAIN")
    alice.send("AUTHENTICATE " + Base64.encode(Array("\0alice\0sesame".utf8)), "CAP END")
    #expect(alice.commands().contains("001"))
    world.pass(seconds: 60)
    #expect(guest(world, "g6").commands().contains("001"))
  }

  @Test("joins of all guests of one address in a minute")
  func joins() throws {
    let world = try World { $0.guestJoinsPerMinute = 4 }
    let (one, two) = (guest(world, "one"), guest(world, "two"))
    one.clear()
    one.send("JOIN #a,#b,#c")
    two.clear()
    two.send("JOIN #a", "JOIN #b")
    #expect(one.commands().filter { $0 == "FAIL" }.isEmpty)
    #expect(two.lines.last?.command == "FAIL")
    #expect(two.lines.last?.parameters.prefix(3) == ["JOIN", "RATE_LIMITED", "#b"])
    world.pass(seconds: 60)
    two.clear()
    two.send("JOIN #b")
    #expect(two.commands().contains("366"))
  }

  private func fresh(_ world: World, _ nick: String, _ address: String = "192.0.2.1") -> Client {
    let client = world.connect(address: address, trusted: false)
    client.send(
      "CAP REQ :draft/account-registration", "NICK \(nick)", "USER x 0 * :x", "REGISTER * * sesame", "CAP END")
    return client
  }

  @Test("joins of accounts of the same day count with them, those of others do not")
  func joinsOfNewAccounts() throws {
    let world = try World { $0.guestJoinsPerMinute = 4 }
    let accounts = ["anna", "berta"].map { fresh(world, $0) }
    let rooms = (0..<6).map { "#r\($0)" }.joined(separator: ",")
    func refused(_ client: Client) -> Int {
      client.take().count { $0.parameters.prefix(2) == ["JOIN", "RATE_LIMITED"] }
    }
    for client in accounts {
      client.clear()
      client.send("JOIN " + rooms)
    }
    #expect(accounts.map(refused) == [2, 6])
    world.pass(milliseconds: 86_400_000)
    accounts[1].send("JOIN " + rooms)
    #expect(refused(accounts[1]) == 0)
  }

  @Test("changes of nick, presence and real name that others are shown are counted together, by address")
  func appearances() throws {
    let world = try World { $0.guestMessagesPerMinute = 6 }
    let alice = world.guest("alice", "away-notify setname")
    let (one, other) = (guest(world, "one"), guest(world, "other", "192.0.2.9"))
    let new = fresh(world, "fresh")
    for client in [alice, one, other, new] { client.send("JOIN #tea") }
    for client in [alice, one, new] { client.clear() }
    one.send("NICK one1", "AWAY :tea", "AWAY :tea", "SETNAME :One", "AWAY", "NICK one2")
    new.send("AWAY :tea", "NICK fresh2", "SETNAME :Fresh", "AWAY")
    #expect(alice.commands() == ["NICK", "AWAY", "SETNAME", "AWAY", "NICK", "AWAY"])
    let refusals = new.lines.filter { $0.command == "FAIL" }.map { Array($0.parameters.prefix(2)) }
    #expect(refusals == [["NICK", "RATE_LIMITED"], ["SETNAME", "RATE_LIMITED"], ["AWAY", "RATE_LIMITED"]])
    alice.clear()
    alice.send("WHOIS fresh")
    #expect(alice.lines.contains { $0.command == "301" }, "a change that was refused has not happened")
    alice.clear()
    other.send("NICK other2", "AWAY :tea")
    #expect(alice.commands() == ["NICK", "AWAY"], "other addresses are not concerned")
    world.pass(seconds: 60)
    alice.clear()
    new.send("AWAY")
    #expect(alice.commands() == ["AWAY"])
  }

  @Test("first messages in rooms and to strangers are limited for all guests of an address together")
  func firstMessages() throws {
    let world = try World { $0.guestMessagesPerMinute = 5 }
    let alice = world.account("alice")
    alice.send("JOIN #tea")
    let crowd = (0..<4).map { guest(world, "g\($0)") }
    for client in crowd { client.send("JOIN #tea") }
    alice.clear()
    for client in crowd {
      client.clear()
      client.send("PRIVMSG #tea :spam 1", "PRIVMSG #tea :spam 2")
    }
    #expect(alice.commands().filter { $0 == "PRIVMSG" }.count == 5)
    #expect(crowd[3].commands() == ["404", "404"])
    crowd[3].clear()
    crowd[3].send("PRIVMSG alice :spam")
    #expect(crowd[3].commands() == ["439"])
    // A guest who has been in the room for a while talks as everybody does.
    world.pass(seconds: 601)
    crowd[0].clear()
    for number in 0..<20 { crowd[0].send("PRIVMSG #tea :talk \(number)") }
    #expect(crowd[0].commands() == [])
  }

  @Test("over the quota of the day nothing is stored for the guests of an address, and they are told so")
  func quota() throws {
    let world = try World {
      $0.guestMessagesPerMinute = 0
      $0.guestMessagesPerDay = 5
    }
    let alice = world.account("alice")
    alice.send("JOIN #tea")
    let (one, two) = (guest(world, "one"), guest(world, "two"))
    for client in [one, two] {
      client.send("JOIN #tea")
      client.clear()
    }
    alice.clear()
    for number in 0..<4 { one.send("PRIVMSG #tea :\(number)") }
    two.send("PRIVMSG #tea :4", "PRIVMSG #tea :5", "PRIVMSG alice :6")
    #expect(alice.commands().filter { $0 == "PRIVMSG" }.count == 5)
    #expect(two.lines.filter { $0.command == "FAIL" && $0.parameters[1] == "QUOTA_EXCEEDED" }.count == 2)
    #expect(guest(world, "three", "192.0.2.9").commands().contains("001"))
    two.clear()
    two.send("JOIN #own", "TOPIC #own :more")
    #expect(two.lines.last?.parameters.prefix(2) == ["TOPIC", "QUOTA_EXCEEDED"])
    two.clear()
    two.send("TOPIC #own")
    #expect(two.commands() == ["331"])
  }

  @Test("roles that guests give through ChanServ count as those that they give by MODE")
  func roles() throws {
    let world = try World { $0.guestMessagesPerDay = 5 }
    let (one, two) = (guest(world, "one"), guest(world, "two"))
    for client in [one, two] { client.send("JOIN #own") }
    two.clear()
    for _ in 0..<3 { one.send("CS VOICE #own two", "CS DEVOICE #own two") }
    #expect(two.commands() == Array(repeating: "MODE", count: 5))
    #expect(one.lines.last?.parameters.last?.hasPrefix("Too much has been stored") == true)
  }

  @Test("bytes count as well, and an account of the same day has a guest's quota")
  func bytes() throws {
    let world = try World {
      $0.guestMessagesPerMinute = 0
      $0.guestBytesPerDay = 1_000
    }
    let fresh = world.connect(address: "192.0.2.1", trusted: false)
    fresh.send("CAP REQ :draft/account-registration", "NICK fresh", "USER x 0 * :x", "REGISTER * * sesame", "CAP END")
    let bob = world.guest("bob")
    for client in [fresh, bob] {
      client.send("JOIN #tea")
      client.clear()
    }
    for _ in 0..<3 { fresh.send("PRIVMSG #tea :" + String(repeating: "x", count: 250)) }
    #expect(bob.commands().filter { $0 == "PRIVMSG" }.count == 2)
    #expect(fresh.lines.last?.parameters.prefix(2) == ["PRIVMSG", "QUOTA_EXCEEDED"])
  }
}
