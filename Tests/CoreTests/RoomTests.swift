import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("Rooms")
struct RoomTests {
  @Test func theFirstOneInIsOperatorAndEverybodySeesTheNext() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice"), world.guest("bob", "extended-join"))
    alice.send("JOIN #tea")
    #expect(alice.commands() == ["JOIN", "353", "366"])
    #expect(alice.lines[1].parameters.last == "@alice")
    alice.clear()
    bob.send("JOIN #TEA")
    #expect(alice.read().map { $0.split(separator: " ").dropFirst().joined(separator: " ") } == ["JOIN #tea"])
    #expect(bob.lines.first?.parameters == ["#tea", "*", "bob"])
  }

  @Test func partAndQuitAreSeenOnce() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice"), world.guest("bob"))
    for client in [alice, bob] { client.send("JOIN #a,#b,#c") }
    alice.clear()
    bob.send("PART #a :bye")
    #expect(alice.commands() == ["PART"])
    alice.clear()
    bob.send("QUIT :gone")
    #expect(alice.take().map(\.wire).filter { $0.contains("QUIT") }.count == 1)
  }

  @Test func aGuestRoomEndsWithItsLastMemberAndItsHistoryIsNotReachable() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send("JOIN #tea", "PRIVMSG #tea :secret", "PART #tea")
    let bob = world.guest("bob", "batch draft/chathistory")
    bob.send("JOIN #tea")
    bob.clear()
    bob.send("CHATHISTORY LATEST #tea * 10")
    #expect(bob.commands() == ["BATCH", "BATCH"])
  }

  @Test func keysLimitsInvitationsAndBansKeepPeopleOut() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice"), world.guest("bob"))
    alice.send("JOIN #tea", "MODE #tea +k key")
    bob.send("JOIN #tea")
    alice.send("MODE #tea -k key", "MODE #tea +l 1")
    bob.send("JOIN #tea")
    alice.send("MODE #tea -l", "MODE #tea +i")
    bob.send("JOIN #tea")
    alice.send("MODE #tea -i", "MODE #tea +b bob!*@*")
    bob.send("JOIN #tea")
    alice.send("MODE #tea +R-b bob!*@*")
    bob.send("JOIN #tea")
    #expect(bob.commands() == ["475", "471", "473", "474", "477"])
    bob.clear()
    alice.send("MODE #tea -R+b bob!*@*", "INVITE bob #tea")
    bob.send("JOIN #tea")
    #expect(bob.commands().prefix(2) == ["INVITE", "JOIN"])
  }

  @Test func rolesDecideWhoMayKickWhom() throws {
    let world = try World()
    let alice = world.account("alice")
    let (bob, carol) = (world.guest("bob"), world.guest("carol"))
    for client in [alice, bob, carol] { client.send("JOIN #tea") }
    alice.send("MODE #tea +h bob", "MODE #tea +o carol")
    bob.clear()
    bob.send("KICK #tea carol :no", "KICK #tea alice :no")
    #expect(bob.commands() == ["482", "482"])
    carol.clear()
    bob.clear()
    carol.send("KICK #tea bob :yes")
    #expect(bob.commands() == ["KICK"])
    bob.send("PRIVMSG #tea :still here?")
    #expect(bob.commands().last == "404")
  }

  @Test func secretRoomsAreNotSeenFromOutside() throws {
    let world = try World { $0.lobby = "" }
    let (alice, bob) = (world.guest("alice"), world.guest("bob"))
    alice.send("JOIN #hidden", "MODE #hidden +s", "TOPIC #hidden :plans")
    bob.send(
      "LIST", "NAMES #hidden", "TOPIC #hidden", "MODE #hidden", "WHO #hidden", "WHOIS alice",
      "CHATHISTORY LATEST #hidden * 5")
    #expect(!bob.lines.contains { $0.parameters.contains("plans") })
    #expect(!bob.commands().contains("322"))
    #expect(!bob.commands().contains("353"))
    #expect(!bob.commands().contains("332"))
    #expect(!bob.commands().contains("324"))
    #expect(!bob.commands().contains("352"))
    #expect(!bob.commands().contains("319"))
    #expect(bob.commands().last == "FAIL")
  }

  @Test func aRoomChangeThatCannotBeStoredIsTakenBack() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let (alice, bob) = (world.account("alice"), world.guest("bob"))
    for client in [alice, bob] { client.send("JOIN #tea") }
    for client in [alice, bob] { client.clear() }
    store.failure = StoreError(.full, "no space left")
    alice.send("TOPIC #tea :new")
    #expect(alice.commands() == ["FAIL"])
    #expect(bob.commands() == [])
    alice.clear()
    alice.send("TOPIC #tea")
    #expect(alice.commands() == ["331"])
    store.failure = StoreError(.full, "no space left")
    alice.send("PART #tea")
    bob.clear()
    bob.send("NAMES #tea")
    #expect(bob.lines.first?.parameters.last?.contains("alice") == true)
    let carol = world.account("carol")
    carol.clear()
    store.failure = StoreError(.full, "no space left")
    carol.send("JOIN #tea")
    #expect(carol.commands() == ["FAIL"])
    bob.clear()
    bob.send("NAMES #tea")
    #expect(bob.lines.first?.parameters.last?.contains("carol") == false)
  }

  @Test func longListsComeInSlicesAndWhatIsAskedBehindThemWaits() throws {
    let world = try World {
      $0.sliceLines = 10
      $0.lobby = ""
      $0.roomsPerUser = 1_000
    }
    let alice = world.guest("alice", "labeled-response batch")
    alice.send((0..<95).map { "JOIN #room\($0)" })
    alice.clear()
    alice.send("@label=x LIST", "PING :after")
    let lines = alice.take()
    #expect(lines.filter { $0.command == "322" }.count == 95)
    #expect(lines.first?.command == "BATCH")
    #expect(lines.first?[tag: "label"] == "x")
    #expect(lines.map(\.command).suffix(3) == ["323", "BATCH", "PONG"])
  }

  @Test func guestsThatJoinWhileTheRoomIsBeingStoredAllGetTheirAnswer() throws {
    let world = try World()
    let guests = (0..<5).map { world.guest("guest\($0)") }
    world.isDiskHeld = true
    for guest in guests { guest.send("JOIN #tea") }
    #expect(guests.allSatisfy { $0.commands().isEmpty })
    world.isDiskHeld = false
    for guest in guests { #expect(guest.commands().contains("366")) }
  }

  @Test func aJoinIsNotSeenBeforeTheMembershipIsStored() throws {
    let world = try World()
    let (alice, bob) = (world.account("alice"), world.guest("bob"))
    bob.send("JOIN #tea")
    for client in [alice, bob] { client.clear() }
    world.isDiskHeld = true
    alice.send("JOIN #tea", "PRIVMSG #tea :first words")
    #expect(alice.commands() == [])
    #expect(bob.commands() == [])
    world.isDiskHeld = false
    #expect(alice.commands() == ["JOIN", "353", "366"])
    #expect(bob.commands() == ["JOIN", "PRIVMSG"])
  }
}
