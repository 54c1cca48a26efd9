import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

private let years: Int64 = 10 * 365 * 86_400_000
private let jumps: [Int64] = [years, -years, 40 * 86_400_000, -3_600_000]

/// The wall clock jumps, in both directions. Timers and limits do not notice it.
@Suite("Clocks")
struct ClockTests {
  private func jump(_ world: World, _ milliseconds: Int64) {
    world.now = world.now.adding(milliseconds: milliseconds)
    world.pass(seconds: 2)
  }

  @Test(arguments: jumps)
  func nobodyIsDisconnectedOrAskedByAJump(by milliseconds: Int64) throws {
    let world = try World()
    let waiting = world.connect()
    let alice = world.guest("alice")
    alice.clear()
    jump(world, milliseconds)
    #expect(alice.lines.isEmpty && !alice.isClosed && !waiting.isClosed)
    jump(world, -milliseconds)
    #expect(alice.lines.isEmpty && !alice.isClosed && !waiting.isClosed)
  }

  @Test(arguments: jumps)
  func pingsAndDeadlinesComeWhenTheirTimeHasPassed(by milliseconds: Int64) throws {
    let world = try World {
      $0.pingInterval = 60
      $0.pingTimeout = 30
      $0.registrationTimeout = 20
    }
    let waiting = world.connect()
    let alice = world.guest("alice")
    alice.clear()
    jump(world, milliseconds)
    world.pass(seconds: 25)
    #expect(waiting.isClosed)
    world.pass(seconds: 40)
    #expect(alice.commands() == ["PING"])
    world.pass(seconds: 35)
    #expect(alice.isClosed)
  }

  @Test(arguments: jumps)
  func limitsOnWhatIsSaidHold(by milliseconds: Int64) throws {
    let world = try World()
    let founder = world.guest("founder")
    founder.send("JOIN #tea", "MODE #tea +W 30")
    let member = world.guest("member", "echo-message")
    member.send("JOIN #tea", "PRIVMSG #tea :one")
    jump(world, milliseconds)
    member.clear()
    member.send("PRIVMSG #tea :two")
    #expect(member.commands() == ["404"])
    world.pass(seconds: 30)
    member.clear()
    member.send("PRIVMSG #tea :three")
    #expect(member.commands() == ["PRIVMSG"])
  }

  @Test func messagesOfOneMillisecondHaveDifferentTimes() throws {
    let world = try World()
    let alice = world.guest("alice", "server-time echo-message")
    alice.send("JOIN #tea")
    alice.clear()
    alice.send("PRIVMSG #tea :one", "PRIVMSG #tea :two", "PRIVMSG #tea :three")
    let times = alice.lines.compactMap { $0[tag: "time"] }
    #expect(times.count == 3 && times == Set(times).sorted())
  }

  @Test func nothingIsReadThatIsStillToBeSaid() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    var alice = world.account("alice", "draft/read-marker")
    alice.send("JOIN #tea")
    jump(world, years)
    alice.send("MARKREAD #tea timestamp=\(world.now.iso8601)")
    jump(world, -years)
    alice.clear()
    alice.send("MARKREAD #tea")
    #expect(alice.lines.last.map { $0.parameters[1] <= "timestamp=\(world.now.iso8601)" } == true)
    jump(world, years)
    alice.send("MARKREAD #tea timestamp=\(world.now.iso8601)")
    world = try World(store: store)
    alice = world.account("alice", "draft/read-marker")
    alice.clear()
    alice.send("MARKREAD #tea")
    #expect(alice.lines.last.map { $0.parameters[1] <= "timestamp=\(world.now.iso8601)" } == true)
    #expect(try store.load().readMarkers.allSatisfy { $0.time <= world.now })
  }

  @Test func aRoomWaitsForItsMembersWhateverTheClockShows() throws {
    let store = MemoryStore()
    var world = try World(store: store) { $0.alwaysOn = false }
    world.account("bob").send("JOIN #tea")
    world = try World(store: store) { $0.alwaysOn = false }
    jump(world, years)
    #expect(try !store.load().memberships.isEmpty)
    world.pass(seconds: 1_800)
    #expect(try store.load().memberships.isEmpty)
  }

  @Test func nothingIsRemovedForItsAgeByATimeThatIsNotCertain() throws {
    let store = MemoryStore()
    let world = try World(store: store) { $0.retentionDays = 30 }
    let alice = world.account("alice", "echo-message")
    alice.send("JOIN #tea", "PRIVMSG #tea :kept")
    world.certainTime = world.now
    jump(world, years)
    world.pass(seconds: 700)
    #expect(try store.reader().history(history(of: store)).map(\.text) == ["kept"])
    world.certainTime = nil
    world.pass(seconds: 700)
    #expect(try store.reader().history(history(of: store)).isEmpty)
  }

  private func history(of store: MemoryStore) throws -> HistoryQuery {
    let room = try #require(try store.load().rooms.first { $0.name == "#tea" })
    return HistoryQuery(conversation: .room(room.id), range: .latest(after: nil), limit: 10, kinds: .messages)
  }
}
