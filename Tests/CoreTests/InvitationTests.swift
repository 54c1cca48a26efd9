import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("Invitations")
struct InvitationTests {
  @Test func whoDoesNotWantStrangersGetsNone() throws {
    let world = try World()
    let alice = world.account("alice")
    alice.send("MODE alice +R")
    let bob = world.guest("bob")
    bob.send("JOIN #pills")
    alice.clear()
    bob.clear()
    bob.send("INVITE alice #pills")
    #expect(bob.commands() == ["477"])
    #expect(alice.lines.isEmpty)
    alice.send("INVITE")
    #expect(alice.commands() == ["337"])
    alice.send("ACCEPT bob")
    alice.clear()
    bob.clear()
    bob.send("INVITE alice #pills")
    #expect(bob.commands() == ["341"])
    #expect(alice.commands() == ["INVITE"])
    // Who invites somebody can be answered.
    let carol = world.account("carol")
    carol.send("MODE carol +R", "JOIN #tea", "INVITE bob #tea")
    bob.clear()
    bob.send("PRIVMSG carol :hello")
    #expect(bob.commands().isEmpty)
  }

  @Test func strangersAreCountedTogetherWithMessages() throws {
    let world = try World { $0.peoplePerMinute = 3 }
    for number in 0..<5 { world.guest("v\(number)") }
    let bob = world.connect(trusted: false)
    bob.send("NICK bob", "USER b 0 * :b", "JOIN #pills")
    bob.clear()
    bob.send("PRIVMSG v0 :hello")
    for number in 0..<5 { bob.send("INVITE v\(number) #pills") }
    #expect(bob.commands() == ["341", "341", "341", "439", "439"])
    bob.clear()
    bob.send("PRIVMSG v4 :hello")
    #expect(bob.commands() == ["439"])
    world.pass(seconds: 60)
    bob.clear()
    bob.send("INVITE v4 #pills")
    #expect(bob.commands() == ["341"])
  }

  @Test func itWaitsForWhoIsAwayAndOpensTheDoor() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    for device in ["desk", "phone"] { world.account("carol", device: device).send("QUIT") }
    var alice = world.account("alice")
    alice.send("JOIN #private", "MODE #private +i")
    alice.clear()
    let time = world.now
    alice.send("INVITE carol #private")
    #expect(alice.commands() == ["341", "301"])
    world.pass(seconds: 60)
    world = try World(store: store)
    world.now = time.adding(milliseconds: 120_000)
    alice = world.account("alice")
    // Each device is told once, with the time of the invitation, whatever it has negotiated.
    for (device, capabilities) in [
      ("desk", "server-time account-tag"), ("phone", ""), ("new", "draft/chathistory batch"),
    ] {
      let carol = world.account("carol", capabilities, device: device)
      let line = try #require(carol.lines.first { $0.command == "INVITE" })
      #expect(line.parameters == ["carol", "#private"])
      #expect(line.source?.hasPrefix("alice!") == true)
      #expect(line[tag: "time"] == (device == "desk" ? time.iso8601 : nil))
      #expect(line[tag: "account"] == (device == "desk" ? "alice" : nil))
      world.pass(seconds: 5)
      carol.send("QUIT")
      let again = world.account("carol", capabilities, device: device)
      #expect(!again.commands().contains("INVITE"))
      again.send("QUIT")
    }
    let carol = world.account("carol")
    carol.clear()
    carol.send("INVITE", "JOIN #private", "INVITE", "PART #private", "JOIN #private")
    #expect(carol.commands() == ["336", "337", "JOIN", "353", "366", "337", "PART", "473"])
    #expect(try store.load().invitations.isEmpty)
  }

  @Test("a guest that signs in where it is learns of the account's invitations, once, before the replay")
  func signingInWhereOneIs() throws {
    for isSASL in [false, true] {
      let world = try World { $0.alwaysOn = false }
      world.account("carol").send("QUIT")
      let alice = world.account("alice")
      alice.send("JOIN #private,#own", "MODE #private +i")
      alice.send("INVITE carol #private", "PRIVMSG carol :come")
      let guest = world.guest("visitor", "sasl")
      alice.send("INVITE visitor #own")
      #expect(guest.read().filter { $0.contains(" INVITE ") }.count == 1)
      if isSASL {
        guest.send("AUTHENTICATE PLAIN", "AUTHENTICATE " + Base64.encode(Array("\0carol\0sesame".utf8)))
      } else {
        guest.send("NS IDENTIFY carol sesame")
      }
      let lines = guest.take().filter { ["INVITE", "PRIVMSG"].contains($0.command) }
      #expect(lines.map(\.parameters) == [["visitor", "#private"], ["visitor", "come"]])
      guest.send("JOIN #private")
      #expect(guest.commands().first == "JOIN")
      world.pass(seconds: 5)
      guest.send("QUIT")
      #expect(!world.account("carol").commands().contains("INVITE"))
    }
  }

  @Test func anAccountThatWasNeverHereOrDoesNotStayIsInvited() throws {
    let store = MemoryStore()
    let world = try World(store: store) { $0.alwaysOn = false }
    world.account("carol").send("QUIT")
    let alice = world.account("alice")
    alice.send("JOIN #private", "MODE #private +i")
    alice.clear()
    alice.send("INVITE carol #private", "INVITE nobody #private")
    #expect(alice.commands() == ["341", "301", "401"])
    let carol = world.account("carol")
    #expect(carol.commands().contains("INVITE"))
    carol.clear()
    carol.send("JOIN #private")
    #expect(carol.commands().first == "JOIN")
  }

  @Test func theyEndWithTimeWithTheRoomAndWithTheAccount() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    world.account("carol").send("QUIT")
    let alice = world.account("alice")
    alice.send("JOIN #one,#two,#three", "MODE #two +i", "INVITE carol #one", "INVITE carol #two", "PART #one")
    #expect(try store.load().invitations.count == 1)
    alice.send("RENAME #two #four")
    var carol = world.account("carol")
    #expect(carol.lines.filter { $0.command == "INVITE" }.map { $0.parameters[1] } == ["#four"])
    carol.send("QUIT")
    world.now = world.now.adding(milliseconds: 31 * 86_400_000)
    world.pass(seconds: 61)
    #expect(try store.load().invitations.isEmpty)
    carol = world.account("carol")
    carol.clear()
    carol.send("INVITE", "JOIN #four")
    #expect(carol.commands() == ["337", "473"])
    alice.send("INVITE carol #three")
    try world.administer("carol") { $0 = nil }
    #expect(try store.load().invitations.isEmpty)
  }

  @Test func oneInviterCannotPushOutTheOthers() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let carol = world.account("carol")
    let (alice, mallory) = (world.account("alice"), world.account("mallory"))
    alice.send("JOIN #tea", "INVITE carol #tea")
    for number in 0..<150 {
      mallory.send("JOIN #m\(number)", "INVITE carol #m\(number)")
    }
    #expect(try store.load().invitations.count == 11)
    carol.clear()
    carol.send("INVITE")
    #expect(carol.lines.count == 12 && carol.lines.first?.parameters[1] == "#tea")
  }

  @Test func strangersPushOutEachOtherAlone() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    world.account("carol").send("QUIT")
    let alice = world.account("alice")
    world.pass(milliseconds: 86_400_000)
    alice.send("JOIN #private,#tea", "MODE #private +i", "INVITE carol #private", "INVITE carol #tea")
    let friend = Identity(try #require(try store.load().accounts.first { $0.name == "alice" }).id)
    func expectFriendsStay() throws {
      let kept = try store.load().invitations
      #expect(kept.count == 22)
      #expect(kept.count { $0.inviter == friend } == 2)
    }
    var number = 0
    for pair in 0..<15 {
      for stranger in [world.guest("g\(pair)"), world.account("new\(pair)")] {
        // An invitation to the same room does not make the friend's a stranger's.
        stranger.send("JOIN #tea", "INVITE carol #tea")
        for _ in 0..<5 {
          number += 1
          stranger.send("JOIN #s\(number)", "INVITE carol #s\(number)")
        }
      }
    }
    try expectFriendsStay()
    world = try World(store: store, now: world.now)
    world.guest("late").send("JOIN #late", "INVITE carol #late")
    try expectFriendsStay()
    let carol = world.account("carol")
    carol.clear()
    carol.send("JOIN #private")
    #expect(carol.commands().first == "JOIN")
  }

  @Test func aGuestKeepsThemWhenSigningIn() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    let alice = world.account("alice")
    alice.send("JOIN #private", "MODE #private +i")
    let bob = world.guest("bob")
    alice.send("INVITE bob #private")
    #expect(try store.load().invitations.isEmpty)
    bob.send("NS REGISTER sesame", "QUIT")
    #expect(try store.load().invitations.count == 1)
    world = try World(store: store)
    let again = world.account("bob")
    again.clear()
    again.send("JOIN #private")
    #expect(again.commands().first == "JOIN")
  }

  @Test func theDiskRefusingChangesNothing() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let carol = world.account("carol")
    let alice = world.account("alice")
    alice.send("JOIN #private", "MODE #private +i")
    carol.clear()
    alice.clear()
    store.failure = StoreError(.full, "no room")
    alice.send("INVITE carol #private")
    #expect(alice.take().map { $0.parameters[1] } == ["STORE_UNAVAILABLE"])
    carol.send("INVITE", "JOIN #private")
    #expect(carol.commands() == ["337", "473"])
    alice.send("INVITE carol #private")
    carol.clear()
    store.failure = StoreError(.full, "no room")
    carol.send("JOIN #private")
    carol.clear()
    carol.send("JOIN #private")
    #expect(carol.commands().first == "JOIN")
  }
}
