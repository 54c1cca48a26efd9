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
      $0.sliceBytes = 500
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

  /// Room names, sources and topics as long as they may be: no line is longer than 512 bytes (RFC 1459, section 2.3).
  @Test func linesAreNeverTooLong() throws {
    let world = try World { $0.serverName = "a-server-with-a-long-name.in-a-deep.sub-domain.example.org" }
    let nick = String(repeating: "n", count: 32)
    let name = "#" + String(repeating: "r", count: 63)
    let alice = world.guest(nick, "message-tags draft/channel-rename")
    let (bob, carol) = (world.guest(String(repeating: "b", count: 32)), world.guest("carol"))
    let words = String(repeating: "ü", count: 180)
    for client in [alice, bob, carol] { client.send("JOIN \(name)") }
    func check(_ command: String, _ client: Client) {
      let line = client.read().last { $0.contains(" \(command) ") } ?? ""
      #expect((440...510).contains(line.utf8.count) && line.hasSuffix("üü"), "\(command): \(line.utf8.count)")
    }
    alice.send("TOPIC \(name) :\(words)")
    check("TOPIC", bob)
    bob.send("LIST")
    check("322", bob)
    bob.send("TOPIC \(name)")
    check("332", bob)
    alice.send("KICK \(name) \(String(repeating: "b", count: 32)) :\(words)")
    check("KICK", bob)
    carol.send("MODE carol +w")
    bob.send("JOIN \(name)", "PART \(name) :\(words)")
    carol.clear()
    bob.send("JOIN \(name)", "PART \(name) :\(words)")
    check("PART", carol)
    alice.send("RENAME \(name) #\(String(repeating: "s", count: 63)) :\(words)")
    check("RENAME", alice)
    carol.clear()
    let masks = (0..<4).map { "\(String(repeating: "m", count: 98))\($0)" }
    alice.send("MODE #\(String(repeating: "s", count: 63)) +bbbb \(masks.joined(separator: " "))")
    let lines = carol.read()
    #expect(lines.count == 2 && lines.allSatisfy { $0.utf8.count <= 510 })
    #expect(lines.map { $0.contains("+bbb") } == [true, false])
    alice.clear()
    alice.send("MODE #\(String(repeating: "s", count: 63)) b")
    #expect(alice.commands().filter { $0 == "367" }.count == 4)
  }

  @Test func oneModeHasAsManyChangesAsItSays() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send("JOIN #tea")
    alice.clear()
    let letters = String(repeating: "b", count: 14)
    alice.send("MODE #tea +\(letters) \((0..<14).map { "m\($0)" }.joined(separator: " "))")
    // The thirteenth and what follows it are one parameter, as a line has no more (RFC 2812, section 2.3.1); the last `b` has none.
    #expect(alice.commands().filter { $0 != "367" } == ["696", "368", "MODE"])
    alice.clear()
    alice.send("MODE #tea b")
    #expect(alice.commands().filter { $0 == "367" }.count == 12)
    alice.clear()
    alice.send(
      "MODE #tea +b :two words", "MODE #tea +b ::colon",
      "MODE #tea +\(letters.dropLast()) \((20..<33).map { "m\($0)" }.joined(separator: " "))")
    #expect(alice.commands().filter { $0 != "MODE" } == ["696", "696"])
    let strict = try World { $0.modesPerCommand = 2 }
    let bob = strict.guest("bob")
    bob.send("JOIN #tea")
    bob.clear()
    bob.send("MODE #tea +mklb sesame 5 mask")
    #expect(
      bob.read().map { String($0.drop { $0 != "#" }) } == [
        "#tea b * :One MODE has at most 2 changes with a parameter", "#tea +mkl sesame 5",
      ])
  }

  @Test func whatIsKeptIsForOperatorsToSay() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice"), world.guest("bob"))
    alice.send("JOIN #tea", "MODE #tea +H 100:7d")
    bob.send("JOIN #tea")
    alice.send("MODE #tea +h bob")
    bob.clear()
    bob.send("MODE #tea +H 1:0", "MODE #tea -H", "MODE #tea +m")
    #expect(bob.commands() == ["482", "482", "MODE"])
    alice.clear()
    alice.send("MODE #tea")
    #expect(alice.lines.first?.parameters.contains("100:7d") == true)
  }

  // MARK: - After a start

  private static let reader = "draft/chathistory batch server-time"

  private func texts(_ client: Client, _ room: String) -> [String] {
    client.clear()
    client.send("CHATHISTORY LATEST \(room) * 10")
    return client.take().filter { $0.command == "PRIVMSG" }.map { $0.parameters[1] }
  }

  /// Guests cannot stay without a connection: a server that starts again is no reason to take their room away.
  @Test func roomsWaitForGuestsWhenTheServerStarts() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    var guest = world.guest("guest")
    guest.send("JOIN #tea,#milk", "MODE #tea +k sesame", "TOPIC #tea :leaves", "PRIVMSG #tea :first")
    world = try World(store: store)
    world.pass(seconds: 1_700)
    guest = world.guest("guest", Self.reader)
    guest.send("JOIN #tea", "JOIN #tea sesame")
    #expect(guest.commands().first == "475")
    #expect(guest.lines.contains { $0.command == "332" && $0.parameters.last == "leaves" })
    #expect(guest.lines.contains { $0.command == "353" && $0.parameters.last == "@guest" })
    #expect(texts(guest, "#tea") == ["first"])
    for _ in 0..<4 {
      guest.send("PING here")
      world.pass(seconds: 50)
    }
    // Nobody came back to the other, and this one goes on.
    #expect(try store.load().rooms.map(\.name) == ["#lobby", "#tea"])
    guest.send("PART #tea")
    #expect(try store.load().rooms.map(\.name) == ["#lobby"])
  }

  @Test func whoCouldNotStayHasItsRoleAgainAndNobodyElseTakesIt() throws {
    let store = MemoryStore()
    func start() throws -> World { try World(store: store) { $0.alwaysOn = false } }
    var world = try start()
    var (alice, bob) = (world.account("alice"), world.account("bob"))
    alice.send("JOIN #tea", "PRIVMSG #tea :first")
    bob.send("JOIN #tea")
    alice.send("MODE #tea +ik sesame", "MODE #tea +h bob")
    world = try start()
    let carol = world.account("carol")
    bob = world.account("bob", Self.reader)
    for client in [carol, bob] {
      client.clear()
      client.send("JOIN #tea")
    }
    #expect(carol.commands() == ["473"])
    #expect(bob.lines.first { $0.command == "353" }?.parameters.last == "%bob")
    #expect(texts(bob, "#tea") == ["first"])
    alice = world.account("alice")
    alice.clear()
    alice.send("JOIN #tea")
    #expect(alice.lines.first { $0.command == "353" }?.parameters.last == "%bob @alice")
    // Once: who leaves now has left.
    bob.send("PART #tea")
    bob.clear()
    bob.send("JOIN #tea")
    #expect(bob.commands() == ["473"])
  }

  @Test func aRoomOfGuestsByInvitationEndsAtOnce() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    world.guest("guest").send("JOIN #tea", "MODE #tea +i", "PRIVMSG #tea :first")
    world = try World(store: store)
    let guest = world.guest("guest", Self.reader)
    guest.send("JOIN #tea")
    #expect(guest.lines.contains { $0.command == "353" && $0.parameters.last == "@guest" })
    #expect(texts(guest, "#tea") == [])
  }

  @Test func whoIsWaitedForIsWaitedForAfterASecondStart() throws {
    let store = MemoryStore()
    func start() throws -> World { try World(store: store) { $0.alwaysOn = false } }
    var world = try start()
    world.guest("guest").send("JOIN #tea")
    world.account("bob").send("JOIN #tea", "PRIVMSG #tea :first")
    let guest = world.guest("other")
    guest.send("JOIN #tea")
    world = try start()
    world.pass(seconds: 100)
    world = try start()
    let bob = world.account("bob", Self.reader)
    bob.send("JOIN #tea")
    #expect(texts(bob, "#tea") == ["first"])
    bob.send("MODE #tea +J")
    #expect(try store.load().memberships.count { $0.room == RoomID(2) } == 1)
  }

  // MARK: - When nothing can be stored

  @Test func emptyRoomsEndWhenTheStoreTakesIt() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    world.pass(seconds: 1_801)
    let guest = world.guest("guest")
    guest.send("JOIN #tea", "MODE #tea +i")
    store.failure = StoreError(.full, "no room")
    guest.send("QUIT")
    #expect(try store.load().rooms.map(\.name) == ["#lobby", "#tea"])
    world.pass(seconds: 1)
    #expect(try store.load().rooms.map(\.name) == ["#lobby"])
    let next = world.guest("next")
    next.send("JOIN #tea")
    #expect(next.commands().contains("366"))
  }

  @Test func whoJoinsARoomThatCannotBeMadeIsTold() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let (alice, bob) = (world.account("alice"), world.guest("bob"))
    alice.clear()
    world.isDiskHeld = true
    alice.send("JOIN #tea")
    bob.send("JOIN #tea")
    store.failure = StoreError(.full, "no room")
    world.isDiskHeld = false
    for client in [alice, bob] { #expect(client.take().map { $0.parameters[1] } == ["STORE_UNAVAILABLE"]) }
  }

  @Test func theLobbyIsOpenedAsSoonAsItCanBe() throws {
    let store = MemoryStore()
    store.failure = StoreError(.full, "no room")
    let world = try World(store: store)
    #expect(try store.load().rooms.isEmpty)
    world.pass(seconds: 1)
    #expect(try store.load().rooms.map(\.modes) == ["Pnt"])
    let guest = world.guest("guest")
    guest.send("JOIN #lobby")
    #expect(guest.lines.contains { $0.command == "353" && $0.parameters.last == "guest" })
  }

  /// Room mode J, for somebody who is put out and comes back before the first join is stored.
  @Test func whatWasSaidBetweenTwoJoinsIsNotShown() throws {
    let world = try World()
    let (alice, mallory) = (world.account("alice"), world.account("mallory", Self.reader))
    alice.send("JOIN #tea", "MODE #tea +J")
    world.isDiskHeld = true
    mallory.send("JOIN #tea")
    alice.send("KICK #tea mallory", "PRIVMSG #tea :now that they are gone")
    mallory.send("JOIN #tea")
    world.isDiskHeld = false
    #expect(texts(mallory, "#tea") == [])
    alice.send("PRIVMSG #tea :welcome back")
    #expect(texts(mallory, "#tea") == ["welcome back"])
  }
}
