import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// Commands that cost much wait while whoever asks has used up the supply; talk does not, and others do not.
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
