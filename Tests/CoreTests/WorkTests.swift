import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// Commands that cost much wait while whoever asks has used up the supply; talk has a supply of its own, and others do not wait.
@Suite("Work")
struct WorkTests {
  private func stranger(_ world: World, _ nick: String, _ address: String = "198.51.100.7") -> Client {
    let client = world.connect(address: address, trusted: false)
    client.send("NICK \(nick)", "USER \(nick) 0 * :\(nick)")
    client.clear()
    return client
  }

  /// A world with so many people that three hundred questions for all of them use up a supply.
  private func crowdedWorld() throws -> World {
    let world = try World { $0.connectionsPerMinute = 10_000 }
    for number in 0..<300 { world.guest("user\(number)") }
    return world
  }

  private func answers(_ client: Client) -> Int { client.commands().count { $0 == "315" } }

  @Test func floodsOfQuestionsWaitAndOthersDoNot() throws {
    let world = try crowdedWorld()
    let flooders = (0..<4).map { stranger(world, "flooder\($0)") }
    let neighbour = stranger(world, "neighbour")
    let (other, trusted) = (stranger(world, "other", "203.0.113.5"), world.guest("trusted"))
    for flooder in flooders { flooder.send((0..<100).map { _ in "WHO *x?y*" } + ["PING end"]) }
    let answered = flooders.reduce(0) { $0 + answers($1) }
    #expect((100..<400).contains(answered), "the supply is used up")
    #expect(flooders.contains { !$0.commands().contains("PONG") }, "what is behind a question waits with it")
    #expect(flooders.contains { !$0.sink.isReadingWanted })
    neighbour.send("PRIVMSG trusted :hello", "PING talk")
    #expect(neighbour.commands() == ["PONG"], "talk does not wait")
    #expect(trusted.commands() == ["PRIVMSG"])
    neighbour.clear()
    neighbour.send("WHO user1", "PING who")
    #expect(neighbour.commands() == [], "the supply is the address's")
    for client in [other, trusted] {
      client.clear()
      client.send("WHO *x?y*", "LIST", "PING end")
      #expect(client.commands().last == "PONG")
    }
    world.pass(seconds: 1)
    #expect(flooders.reduce(0) { $0 + answers($1) } > answered)
    world.pass(seconds: 20)
    #expect(flooders.allSatisfy { answers($0) == 100 && $0.commands().last == "PONG" }, "nothing is refused")
    #expect(neighbour.commands().last == "PONG")
    let isRead = flooders.allSatisfy { $0.sink.isReadingWanted }
    #expect(isRead)
  }

  @Test func anAccountPaysForItselfWhereverItIs() throws {
    let world = try crowdedWorld()
    let flooder = stranger(world, "flooder")
    flooder.send((0..<400).map { _ in "WHO *x?y*" })
    #expect(answers(flooder) < 400)
    let alice = world.connect(address: "198.51.100.7", trusted: false)
    alice.send(
      "CAP REQ :sasl draft/account-registration", "NICK alice", "USER a 0 * :a", "REGISTER * * sesame", "CAP END")
    alice.clear()
    alice.send("WHO *x?y*", "PING end")
    #expect(alice.commands().last == "PONG", "guests of its address are not its concern")
  }

  private func register(_ world: World, _ name: String) -> Client {
    let client = world.connect(address: "198.51.100.7", trusted: false)
    client.send(
      "CAP REQ :sasl draft/account-registration", "NICK \(name)", "USER a 0 * :a", "REGISTER * * sesame", "CAP END")
    client.clear()
    return client
  }

  @Test func newAccountsOfAnAddressHaveOneSupply() throws {
    let world = try crowdedWorld()
    let known = register(world, "known")
    world.pass(milliseconds: 86_400_000)
    let (flooder, other) = (register(world, "flooder"), register(world, "other"))
    flooder.send((0..<400).map { _ in "WHO *x?y*" })
    #expect(answers(flooder) < 400)
    for client in [known, other] { client.send("WHO *x?y*", "PING end") }
    #expect(other.commands() == [], "more accounts are not more supply")
    #expect(known.commands().last == "PONG", "neighbours are not the concern of somebody who has been here for a day")
  }

  @Test(arguments: [
    "WHOIS trusted", "HISTORY trusted", "MARKREAD trusted", "MONITOR + trusted", "SILENCE +x", "ACCEPT trusted",
  ])
  func whoAsksForLittleWaitsAsWell(line: String) throws {
    let world = try crowdedWorld()
    world.guest("trusted")
    let (flooder, neighbour) = (stranger(world, "flooder"), stranger(world, "neighbour"))
    flooder.send((0..<400).map { _ in "WHO *x?y*" })
    neighbour.send(line, "PING end")
    #expect(neighbour.commands() == [])
    world.pass(seconds: 30)
    #expect(neighbour.commands().contains("PONG"))
  }

  /// Each is worth a supply, many times over.
  @Test(arguments: [
    "MONITOR S", "SILENCE " + (0..<20).map { "+n\($0),-n\($0)" }.joined(separator: ","), "NS INFO", "CS INFO #room",
  ])
  func manySmallThingsUseUpASupply(line: String) throws {
    let world = try World()
    let alice = register(world, "alice")
    alice.send("MONITOR + " + (0..<100).map { "n\($0)" }.joined(separator: ","), "JOIN #room")
    alice.clear()
    alice.send((0..<3_000).flatMap { [line, "PING \($0)"] })
    let done = alice.commands().count { $0 == "PONG" }
    #expect((100..<3_000).contains(done))
    world.pass(seconds: 40)
    #expect(alice.commands().count { $0 == "PONG" } == 3_000)
  }

  @Test func aConnectionThatEndsWhileItWaitsIsForgotten() throws {
    let world = try crowdedWorld()
    let flooders = (0..<4).map { stranger(world, "flooder\($0)") }
    for flooder in flooders { flooder.send((0..<100).map { _ in "WHO *x?y*" }) }
    for flooder in flooders { flooder.drop() }
    world.pass(seconds: 10)
    #expect(!world.core.hasWaitingWork)
    let late = stranger(world, "late")
    late.send("WHO *x?y*", "PING end")
    #expect(late.commands().last == "PONG")
  }

  @Test func longListsOfTargetsAreCarriedOutInPartsAndAnsweredTogether() throws {
    let world = try World()
    let alice = world.guest("alice", "labeled-response batch")
    let rooms = (0..<60).map { "#r\($0)" }
    alice.send("@label=join JOIN " + rooms.joined(separator: ","), "PING end")
    let lines = alice.take()
    #expect(lines.filter { $0.command == "JOIN" }.map { $0.parameters[0] } == rooms)
    #expect(lines.first?.command == "BATCH" && lines.first?[tag: "label"] == "join")
    let batch = lines.first?.parameters[0].dropFirst().description
    #expect(lines.dropFirst().dropLast(2).allSatisfy { $0[tag: "batch"] == batch })
    #expect(lines.suffix(2).map(\.command) == ["BATCH", "PONG"])
    alice.send("PART " + rooms.joined(separator: ","), "PING end")
    #expect(alice.commands() == Array(repeating: "PART", count: 60) + ["PONG"])
    alice.clear()
    alice.send("JOIN " + rooms.joined(separator: ","))
    alice.clear()
    alice.send("JOIN 0", "PING end")
    #expect(alice.commands() == Array(repeating: "PART", count: 60) + ["PONG"])
  }

  @Test func listsOfRoomsAreCountedByTheRoom() throws {
    let world = try World {
      $0.lobby = ""
      $0.guestJoinsPerMinute = 0
    }
    let (flooder, other) = (stranger(world, "flooder"), stranger(world, "other", "203.0.113.5"))
    let names = (0..<100).map { "#r\($0)" }.joined(separator: ",")
    let lines = (0..<40).flatMap { _ in ["JOIN \(names)", "PART \(names)"] }
    flooder.send(lines)
    let done = flooder.commands().count { $0 == "PART" }
    #expect((500..<4_000).contains(done))
    other.send("JOIN #r1", "PING end")
    #expect(other.commands().last == "PONG")
    world.pass(seconds: 30)
    #expect(flooder.commands().count { $0 == "PART" } == 4_000)
  }

  // MARK: - Talk

  private func quietWorld() throws -> World {
    try World {
      $0.lobby = ""
      $0.connectionsPerMinute = 10_000
      ($0.guestConnectionsPerMinute, $0.guestJoinsPerMinute, $0.guestMessagesPerMinute) = (0, 0, 0)
      ($0.guestMessagesPerDay, $0.guestBytesPerDay) = (0, 0)
    }
  }

  /// Somebody in a room.
  private func speaker(_ world: World, _ nick: String, _ address: String = "198.51.100.7") -> Client {
    let client = world.connect(address: address, trusted: false)
    client.send("CAP REQ :message-tags", "NICK \(nick)", "USER \(nick) 0 * :\(nick)", "CAP END", "JOIN #room")
    client.clear()
    return client
  }

  private static let tags = "@+x=" + String(repeating: "y", count: 3_900)

  @Test(arguments: [
    "\(tags) TAGMSG #room", "\(tags) TAGMSG @#room,#room", "\(tags) NOTICE #room :\u{1}VERSION\u{1}",
    "\(tags) PRIVMSG #room :hello", "@+typing=active;\(tags.dropFirst()) TAGMSG #room",
  ])
  func whatIsPassedOnCostsWhatItBringsToOthers(line: String) throws {
    let world = try quietWorld()
    for number in 0..<60 { world.guest("u\(number)").send("JOIN #room") }
    let flooders = (0..<3).map { speaker(world, "flooder\($0)") }
    let (neighbour, other) = (speaker(world, "neighbour"), speaker(world, "other", "203.0.113.5"))
    // Who types is heard again when it has changed.
    let lines = [line, line.replacing("typing=active", with: "typing=paused")]
    for flooder in flooders { flooder.send((0..<60).map { lines[$0 % 2] } + ["PING end"]) }
    func heard() -> Int { other.lines.count { $0.source?.hasPrefix("flooder") == true } }
    #expect((40..<180).contains(heard()), "the supply is used up")
    #expect(flooders.contains { !$0.commands().contains("PONG") })
    neighbour.send("WHO other", "PING end")
    #expect(neighbour.commands().last == "PONG", "questions have another supply")
    other.send("PRIVMSG #room :hello", "PING end")
    #expect(other.commands().last == "PONG", "another address does not wait")
    world.pass(seconds: 20)
    #expect(heard() == 180, "nothing is refused")
    #expect(flooders.allSatisfy { $0.commands().contains("PONG") })
  }

  @Test(arguments: [false, true])
  func whereLinesAreNotLimitedNothingWaits(isTrusted: Bool) throws {
    let world = try quietWorld()
    if !isTrusted { world.reconfigure { $0.linesPerSecond = 0 } }
    for number in 0..<60 { world.guest("u\(number)").send("JOIN #room") }
    let flooder = isTrusted ? world.guest("flooder", "message-tags") : speaker(world, "flooder")
    flooder.send("JOIN #room")
    flooder.send((0..<300).map { _ in "\(Self.tags) TAGMSG #room" } + ["PING end"])
    #expect(flooder.commands().last == "PONG")
  }

  @Test func ordinaryTalkInALargeRoomDoesNotWait() throws {
    let world = try quietWorld()
    for number in 0..<300 { world.guest("u\(number)").send("JOIN #room") }
    let alice = speaker(world, "alice")
    let text = String(repeating: "x", count: 200)
    for _ in 0..<10 {
      alice.clear()
      alice.send((0..<10).map { "PRIVMSG #room :\($0) \(text)" } + ["PING end"])
      #expect(alice.commands() == ["PONG"])
      world.pass(seconds: 1)
    }
  }

  @Test func whileTheLoopsAreBehindOnlyThoseWaitWhoHaveSaidMuch() throws {
    let world = try quietWorld()
    for number in 0..<60 { world.guest("u\(number)").send("JOIN #room") }
    let (loud, other) = (speaker(world, "loud"), speaker(world, "other", "203.0.113.5"))
    loud.send((0..<55).map { _ in "\(Self.tags) TAGMSG #room" } + ["PING end"])
    #expect(loud.commands().last == "PONG")
    world.core.isOutputScarce = true
    for client in [loud, other] {
      client.clear()
      client.send("PRIVMSG #room :hello", "PING end")
    }
    #expect(!loud.commands().contains("PONG"))
    #expect(other.commands().last == "PONG")
    world.core.isOutputScarce = false
    world.run()
    #expect(loud.commands().last == "PONG")
  }

  @Test func anotherLineThatWaitsKeepsNoBatchOpen() throws {
    let world = try quietWorld()
    for number in 0..<60 { world.guest("u\(number)").send("JOIN #room") }
    let loud = speaker(world, "loud")
    loud.send((0..<55).map { _ in "\(Self.tags) TAGMSG #room" })
    loud.send("CAP REQ :batch draft/multiline", "BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :hello")
    world.core.isOutputScarce = true
    loud.clear()
    loud.send("BATCH -2", "PING end")
    #expect(loud.commands().isEmpty)
    world.core.isOutputScarce = false
    world.run()
    #expect(loud.take().map(\.command) == ["FAIL", "PONG"])
    world.pass(seconds: 61)
    loud.clear()
    loud.send("BATCH -1")
    #expect(loud.take().map { $0.parameters.prefix(2) } == [["BATCH", "TIMEOUT"]])
  }

  @Test func severalFormsOfOneRoomAreOneMessage() throws {
    let world = try quietWorld()
    let (alice, bob, carol) = (world.guest("alice"), world.guest("bob"), world.guest("carol"))
    for client in [alice, bob, carol] { client.send("JOIN #room") }
    alice.send("MODE #room +o bob")
    for client in [alice, bob, carol] { client.clear() }
    alice.send("PRIVMSG @#room,#ROOM,+#room,#room :one", "NOTICE ~#room,@#room,&#room :two")
    func heard(_ client: Client) -> [[String]] { client.take().map { [$0.command] + $0.parameters } }
    #expect(heard(carol) == [["PRIVMSG", "#room", "one"]])
    #expect(heard(bob) == [["PRIVMSG", "#room", "one"], ["NOTICE", "@#room", "two"]])
  }

  @Test func whoIsWatchedByManyPaysForIt() throws {
    let world = try quietWorld()
    for number in 0..<50 { world.guest("u\(number)").send("MONITOR + flip,flop") }
    let flip = speaker(world, "flip")
    flip.send((0..<500).flatMap { ["NICK flop", "NICK flip", "PING \($0)"] })
    let done = flip.commands().count { $0 == "PONG" }
    #expect((100..<400).contains(done))
    world.pass(seconds: 20)
    #expect(flip.commands().count { $0 == "PONG" } == 500)
  }

  @Test func onePayerHasFewQuestionsWithTheReaders() {
    var queue = QuestionQueue()
    let query = StoreQuery.conversation(Identity(AccountID(1)), nick: "x")
    let (one, other) = (Payer.address("198.51.100.7"), Payer.account(AccountID(1)))
    func ask(_ job: UInt64, _ payer: Payer) -> Bool { queue.ask(JobID(job), query, for: payer) }
    func next(after job: UInt64) -> UInt64? { queue.answered(JobID(job))?.next?.0.rawValue }
    let asked = (1...5).map { ask($0, one) }
    #expect(asked == [true, false, false, false, false])
    let isOthersAsked = ask(6, other)
    #expect(isOthersAsked)
    let payer = queue.answered(JobID(6))?.payer
    #expect(payer == other)
    let isUnknown = queue.answered(JobID(6)) == nil
    #expect(isUnknown)
    let nexts = [1, 2, 3, 4, 5].map { next(after: $0) }
    #expect(nexts == [2, 3, 4, 5, nil])
    let isAskedAgain = ask(7, one)
    #expect(isAskedAgain)
  }
}
