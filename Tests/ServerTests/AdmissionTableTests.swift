import ParleyCore
import ParleyServer
import Seeded
import Synchronization
import Testing

@Suite("Admission at accept")
struct AdmissionTableTests {
  /// A table on a clock that the test moves.
  private final class Fixture: Sendable {
    let table: AdmissionTable
    private let time: TestClock
    private let displaced = Mutex<[Int]>([])

    init(connections: Int, perAddress: Int = 1000, perMinute: Int = 1_000_000) {
      let time = TestClock()
      self.time = time
      table = AdmissionTable(
        .init(connections: connections, perAddress: perAddress, perMinute: perMinute), clock: { time.now })
    }

    func pass(seconds: Int64) { time.pass(seconds) }

    /// The connections that have been told to give way, by the number that `admit` got.
    var gone: [Int] { displaced.withLock { $0 } }

    func admit(
      _ address: String, as standing: AdmissionTicket.Standing = .ordinary, number: Int = 0
    ) throws -> Result<AdmissionTicket, AdmissionRefusal> {
      table.admit(try #require(NetworkAddress(address)), as: standing) { [self] in
        displaced.withLock { $0.append(number) }
      }
    }

    func enter(_ address: String, as standing: AdmissionTicket.Standing = .ordinary, number: Int = 0) throws
      -> AdmissionTicket
    { try admit(address, as: standing, number: number).get() }

    func refusal(_ address: String) throws -> RefusalReason? {
      switch try admit(address) {
      case .success(let ticket):
        table.leave(ticket)
        return nil
      case .failure(let refusal): return refusal.reason
      }
    }
  }

  private final class TestClock: Sendable {
    private let milliseconds = Mutex<Int64>(1_000_000)
    var now: Int64 { milliseconds.withLock { $0 } }
    func pass(_ seconds: Int64) { milliseconds.withLock { $0 += seconds * 1000 } }
  }

  @Test("an address has so many connections at a time, and those that end make room")
  func atATime() throws {
    let fixture = Fixture(connections: 100, perAddress: 2)
    let first = try fixture.enter("192.0.2.1")
    let second = try fixture.enter("192.0.2.1")
    #expect(try fixture.refusal("192.0.2.1") == .addressLimit)
    #expect(try fixture.refusal("::ffff:192.0.2.1") == .addressLimit, "the same address in another spelling")
    #expect(try fixture.refusal("192.0.2.2") == nil)
    fixture.table.settle(first)
    #expect(try fixture.refusal("192.0.2.1") == .addressLimit, "registering frees nothing")
    fixture.table.leave(second)
    #expect(try fixture.refusal("192.0.2.1") == nil)
  }

  @Test("IPv6 addresses count by /64")
  func prefixes() throws {
    let fixture = Fixture(connections: 100, perAddress: 2)
    let tickets = try [fixture.enter("2001:db8::1"), fixture.enter("2001:db8::2")]
    #expect(try fixture.refusal("2001:db8:0:0:ffff::9") == .addressLimit)
    #expect(try fixture.refusal("2001:db8:0:1::1") == nil)
    #expect(try fixture.refusal("::1") == nil)
    withExtendedLifetime(tickets) {}
  }

  @Test("an address opens so many connections in a minute")
  func rate() throws {
    let fixture = Fixture(connections: 100, perMinute: 3)
    for _ in 0..<3 { #expect(try fixture.refusal("192.0.2.1") == nil) }
    #expect(try fixture.refusal("192.0.2.1") == .addressRate)
    #expect(try fixture.refusal("192.0.2.2") == nil)
    fixture.pass(seconds: 61)
    #expect(try fixture.refusal("192.0.2.1") == nil)
  }

  @Test("trusted networks and those who speak for others have no limits of their own")
  func exempt() throws {
    let fixture = Fixture(connections: 100, perAddress: 1, perMinute: 1)
    for standing in [AdmissionTicket.Standing.trusted, .carrier] {
      for _ in 0..<10 { _ = try fixture.enter("192.0.2.1", as: standing) }
    }
    #expect(fixture.table.count == 20)
    #expect(try fixture.refusal("192.0.2.2") == nil)
  }

  @Test("silent connections of one address keep nobody out, however few places there are", arguments: [1, 2, 3, 50])
  func silence(places: Int) throws {
    let fixture = Fixture(connections: places)
    var tickets: [AdmissionTicket] = []
    for number in 0..<places { tickets.append(try fixture.enter("192.0.2.9", number: number)) }
    #expect(try fixture.refusal("192.0.2.9") == .serverFull, "its own silent connections are no reason to let it in")
    let honest = try fixture.enter("192.0.2.1", number: 99)
    #expect(fixture.gone == [0], "the oldest one gave way")
    fixture.table.settle(honest)
    fixture.table.leave(tickets[0])
    #expect(fixture.table.count == places)
  }

  @Test("the address with the most silent connections gives way first, registered ones never")
  func mostCrowded() throws {
    let fixture = Fixture(connections: 6)
    for number in 0..<3 { fixture.table.settle(try fixture.enter("192.0.2.1", number: number)) }
    _ = try fixture.enter("192.0.2.2", number: 3)
    _ = try fixture.enter("192.0.2.3", number: 4)
    _ = try fixture.enter("192.0.2.3", number: 5)
    _ = try fixture.enter("192.0.2.4", number: 6)
    #expect(fixture.gone == [4])
    _ = try fixture.enter("192.0.2.5", as: .trusted, number: 7)
    #expect(fixture.gone == [4, 3], "then the oldest of those that have one each")
    #expect(try fixture.refusal("192.0.2.3") == .serverFull, "no place is taken from an address that has no more")
  }

  @Test("a registered crowd fills the server")
  func full() throws {
    let fixture = Fixture(connections: 3)
    for number in 0..<3 { fixture.table.settle(try fixture.enter("192.0.2.\(number)")) }
    #expect(try fixture.refusal("192.0.2.9") == .serverFull)
    #expect(fixture.table.isCrowded)
  }

  @Test("one address has at most a quarter of the places, also when these are fewer than were wanted")
  func share() {
    var settings = ServerSettings(dataFolder: "")
    settings.core.connectionsPerAddress = 100
    let cases = [(50_000, 100), (400, 100), (90, 22), (50, 12), (8, 2), (3, 1), (1, 1)]
    for (places, expected) in cases {
      settings.maximumConnections = places
      #expect(AdmissionTable.Limits(settings).perAddress == expected)
    }
  }

  /// So many guests at an address, who have said nothing since they came.
  private func guests(_ count: Int, at address: String, from number: Int, _ fixture: Fixture) throws
    -> [AdmissionTicket]
  {
    try (number..<number + count).map { number in
      let ticket = try fixture.enter(address, number: number)
      fixture.table.settle(ticket)
      fixture.table.mark(ticket, isGuest: true)
      return ticket
    }
  }

  @Test("when the server is full, the longest silent guest at the address with the most of them gives way")
  func idle() throws {
    let fixture = Fixture(connections: 10)
    let few = try guests(4, at: "192.0.2.1", from: 0, fixture)
    fixture.pass(seconds: 1)
    let many = try guests(6, at: "192.0.2.2", from: 10, fixture)
    #expect(try fixture.refusal("192.0.2.3") == .serverFull, "they have just come")
    fixture.pass(seconds: 60)
    fixture.table.spoke(many[0])
    #expect(try fixture.refusal("192.0.2.2") == .serverFull, "no place is taken from those of the newcomer's address")
    fixture.pass(seconds: 2)
    let newcomer = try fixture.enter("192.0.2.3", number: 20)
    #expect(fixture.gone == [11], "number 10 has spoken")
    #expect(fixture.table.isIdle(many[1]) && !fixture.table.isIdle(many[0]))
    fixture.table.leave(many[1])
    #expect(fixture.table.count == 10)
    fixture.table.settle(newcomer)
    withExtendedLifetime(few) {}
  }

  @Test("accounts, people who speak, trusted networks, gateways and single guests never give way")
  func kept() throws {
    let fixture = Fixture(connections: 10)
    let accounts = try guests(3, at: "192.0.2.1", from: 0, fixture)
    for ticket in accounts { fixture.table.mark(ticket, isGuest: false) }
    for (number, standing) in [AdmissionTicket.Standing.trusted, .carrier].enumerated() {
      for _ in 0..<2 {
        let ticket = try fixture.enter("198.51.100.\(number)", as: standing)
        fixture.table.settle(ticket)
        fixture.table.mark(ticket, isGuest: true)
      }
    }
    let single = try guests(1, at: "192.0.2.2", from: 10, fixture)
    let speakers = try guests(2, at: "192.0.2.3", from: 20, fixture)
    for _ in 0..<4 {
      fixture.pass(seconds: 200)
      for speaker in speakers { fixture.table.spoke(speaker) }
      #expect(try fixture.refusal("192.0.2.9") == .serverFull)
    }
    fixture.table.mark(accounts[0], isGuest: true)
    fixture.table.mark(accounts[1], isGuest: true)
    fixture.pass(seconds: 61)
    _ = try fixture.enter("192.0.2.9", number: 30)
    #expect(fixture.gone == [0], "they have signed out")
    withExtendedLifetime(single) {}
  }

  @Test("whoever has come to use a connection that was told to give way stays")
  func stays() throws {
    let fixture = Fixture(connections: 3)
    let people = try guests(3, at: "192.0.2.1", from: 0, fixture)
    fixture.pass(seconds: 300)
    fixture.table.settle(try fixture.enter("192.0.2.2", number: 9))
    #expect(fixture.gone == [0])
    for person in people { fixture.table.spoke(person) }
    fixture.table.stay(people[0]) {}
    fixture.table.mark(people[0], isGuest: true)
    #expect(try fixture.refusal("192.0.2.3") == .serverFull, "there is one more than places already")
    #expect(fixture.table.count == 4)
    fixture.table.leave(people[0])
    #expect(fixture.table.count == 3)
  }

  @Test("who comes to say that a connection stays when it is gone takes no place away")
  func staysTooLate() throws {
    let fixture = Fixture(connections: 3)
    let people = try guests(3, at: "192.0.2.1", from: 0, fixture)
    fixture.pass(seconds: 300)
    fixture.table.settle(try fixture.enter("192.0.2.2", number: 9))
    #expect(fixture.gone == [0])
    fixture.table.leave(people[0])
    fixture.table.stay(people[0]) {}
    fixture.table.mark(people[0], isGuest: true)
    fixture.table.leave(people[1])
    #expect(fixture.table.count == 2)
    #expect(try fixture.refusal("192.0.2.3") == nil)
    withExtendedLifetime(people) {}
  }

  @Test("only so many connections give way at a time, so that descriptors stay bounded")
  func leaving() throws {
    let fixture = Fixture(connections: 100)
    for number in 0..<100 { _ = try fixture.enter("192.0.2.9", number: number) }
    var admitted = 0
    for number in 0..<60 {
      if case .success = try fixture.admit("198.51.100.\(number)") { admitted += 1 }
    }
    #expect(admitted == AdmissionTable.leavingLimit)
    #expect(fixture.table.count == 100 + AdmissionTable.leavingLimit)
  }

  @Test("a connection counts for its proxy until the proxy has named its client")
  func moving() throws {
    let fixture = Fixture(connections: 100, perAddress: 1)
    let client = try #require(NetworkAddress("192.0.2.1"))
    let first = try fixture.enter("127.0.0.1", as: .carrier)
    #expect(fixture.table.move(first, to: client, as: .ordinary) == nil)
    let second = try fixture.enter("127.0.0.1", as: .carrier)
    #expect(fixture.table.move(second, to: client, as: .ordinary) == .addressLimit)
    #expect(try fixture.refusal("192.0.2.1") == .addressLimit)
    fixture.table.leave(second)
    fixture.table.leave(first)
    #expect(fixture.table.count == 0)
    #expect(try fixture.refusal("192.0.2.1") == nil)
  }

  @Test("a place that is kept counts until it is given back twice")
  func keptTwice() throws {
    let fixture = Fixture(connections: 100, perAddress: 1)
    let ticket = try fixture.enter("192.0.2.1")
    fixture.table.keep(ticket)
    fixture.table.leave(ticket)
    #expect(try fixture.refusal("192.0.2.1") == .addressLimit)
    fixture.table.leave(ticket)
    #expect(fixture.table.count == 0)
    #expect(fixture.table.waitForNone(milliseconds: 0))
  }

  @Test("addresses without end are not remembered without end")
  func memory() throws {
    let fixture = Fixture(connections: 10)
    for number in 0..<200_000 {
      _ = try fixture.refusal("2001:db8:\(String(number >> 16, radix: 16)):\(String(number & 0xFFFF, radix: 16))::1")
    }
    #expect(fixture.table.addressCount <= 2 * AdmissionTable.idleAddresses + 1024)
    fixture.pass(seconds: 61)
    fixture.table.sweep()
    #expect(fixture.table.addressCount == 0)
  }

  @Test("whatever comes and goes, the counts agree with a simple model")
  func model() throws {
    var random = SeededRandom(seed: 11)
    let fixture = Fixture(connections: 20, perAddress: 6)
    var tickets: [(ticket: AdmissionTicket, address: Int)] = []
    for step in 0..<20_000 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0, 1:
        let address = Int.random(in: 1...8, using: &random)
        if case .success(let ticket) = try fixture.admit("192.0.2.\(address)", number: step) {
          tickets.append((ticket, address))
        }
      case 2 where !tickets.isEmpty:
        fixture.table.settle(tickets[Int.random(in: 0..<tickets.count, using: &random)].ticket)
      case 3 where !tickets.isEmpty:
        fixture.table.leave(tickets.remove(at: Int.random(in: 0..<tickets.count, using: &random)).ticket)
      default: break
      }
      #expect(fixture.table.count == tickets.count)
      for address in 1...8 { #expect(tickets.count { $0.address == address } <= 6) }
    }
    for entry in tickets { fixture.table.leave(entry.ticket) }
    #expect(fixture.table.count == 0)
  }
}
