import IRC
import ParleyCore
import ParleyServer
import ParleyStore
import Testing

/// A wall clock and a monotonic one, that go on together until one is set.
@Suite("The server's clock")
struct ServerClockTests {
  private static let start: Int64 = 1_800_000_000_000
  private static let minute: Int64 = 60_000
  private static let hour = 60 * minute
  private static let day = 24 * hour

  /// A machine: it runs, its clock is set, its server is started again.
  private struct Machine {
    var wall = ServerClockTests.start
    var monotonic: Int64 = 5_000
    var clock: ServerClock
    var moment: Moment

    init(record: ClockRecord? = nil, wall: Int64 = ServerClockTests.start) {
      self.wall = wall
      (clock, moment) = Self.begin(record, wall, monotonic)
    }

    private static func begin(_ record: ClockRecord?, _ wall: Int64, _ monotonic: Int64) -> (ServerClock, Moment) {
      let (wall, monotonic) = (Timestamp(milliseconds: wall), MonotonicTime(milliseconds: monotonic))
      var clock = ServerClock(record: record, wall: wall, monotonic: monotonic)
      return (clock, clock.read(wall: wall, monotonic: monotonic))
    }

    mutating func run(_ milliseconds: Int64) {
      let steps = max(1, milliseconds / ServerClockTests.minute)
      for _ in 0..<steps {
        wall += milliseconds / steps
        monotonic += milliseconds / steps
        moment = clock.read(
          wall: Timestamp(milliseconds: wall), monotonic: MonotonicTime(milliseconds: monotonic))
      }
    }

    mutating func set(by milliseconds: Int64) {
      wall += milliseconds
      run(1_000)
    }

    /// - Parameter off: milliseconds for which the machine was switched off; its clock may be set meanwhile.
    mutating func restart(off: Int64 = 1_000, setBy: Int64 = 0) {
      wall += off + setBy
      monotonic = 10
      (clock, moment) = Self.begin(clock.record, wall, monotonic)
    }

    var isAhead: Bool { clock.difference > 0 }
  }

  @Test("a clock that is right is followed")
  func right() {
    var machine = Machine()
    machine.run(3 * Self.day)
    #expect(machine.moment.wall.milliseconds == machine.wall && machine.moment.certain == machine.moment.wall)
    machine.set(by: -30_000)
    machine.restart()
    machine.restart(off: 30 * Self.minute)
    #expect(machine.moment.wall.milliseconds == machine.wall && machine.moment.certain == machine.moment.wall)
    #expect(machine.clock.takeReports().isEmpty)
  }

  @Test("one start with a clock that is ahead: afterwards the right clock is followed, from the first day on")
  func aheadOnce() {
    var machine = Machine(wall: Self.start + 40 * Self.day)
    machine.run(Self.minute)
    machine.restart(setBy: -40 * Self.day)
    #expect(machine.moment.wall.milliseconds == machine.wall && machine.moment.certain == machine.moment.wall)
    #expect(machine.clock.setBack > 39 * Self.day && !machine.clock.isOnItsOwn)
    guard case .setBack? = machine.clock.takeReports().first else {
      return #expect(Bool(false), "nothing was reported")
    }
  }

  @Test(
    "a start far ahead of what was proven is followed, but nothing is old by it", arguments: [5, 40, 3_650] as [Int64])
  func aheadOfProven(days: Int64) {
    var machine = Machine()
    machine.run(2 * Self.day)
    let before = machine.wall
    machine.restart(setBy: days * Self.day)
    #expect(machine.moment.wall.milliseconds == machine.wall)
    #expect(machine.moment.certain.milliseconds <= before + Self.hour)
    #expect(machine.clock.takeReports() == [.ahead(days * Self.day + 1_000)])
    machine.run(Self.hour)
    machine.restart(setBy: -days * Self.day)
    #expect(machine.moment.wall.milliseconds == machine.wall && !machine.clock.isOnItsOwn)
  }

  @Test("a server that was switched off for long removes nothing for a day, and then goes on as ever")
  func switchedOff() {
    var machine = Machine()
    machine.run(2 * Self.day)
    machine.restart(off: 60 * Self.day)
    #expect(machine.isAhead && machine.moment.wall.milliseconds == machine.wall)
    machine.run(23 * Self.hour)
    #expect(machine.isAhead)
    machine.run(2 * Self.hour)
    #expect(!machine.isAhead && machine.moment.certain.milliseconds == machine.wall)
    #expect(machine.clock.takeReports() == [.ahead(60 * Self.day), .settled])
  }

  @Test("a clock behind a proven time is not followed, until it is right again", arguments: [2, 40, 20_000] as [Int64])
  func behindProven(days: Int64) {
    var machine = Machine()
    machine.run(2 * Self.day)
    let before = machine.wall
    machine.restart(setBy: -days * Self.day)
    #expect(machine.clock.isOnItsOwn && machine.moment.wall.milliseconds >= before)
    machine.run(Self.hour)
    #expect(machine.moment.wall.milliseconds >= before + Self.hour)
    machine.set(by: days * Self.day)
    #expect(!machine.clock.isOnItsOwn && machine.moment.wall.milliseconds == machine.wall)
  }

  @Test("a clock that stays behind for a day is right after all")
  func behindForLong() {
    var machine = Machine(wall: Self.start + 40 * Self.day)
    machine.run(2 * Self.day)
    machine.set(by: -40 * Self.day)
    #expect(machine.clock.isOnItsOwn)
    machine.run(Self.day + Self.hour)
    #expect(!machine.clock.isOnItsOwn && machine.moment.wall.milliseconds == machine.wall)
    #expect(machine.clock.setBack > 39 * Self.day)
    machine.restart()
    #expect(machine.moment.wall.milliseconds == machine.wall)
  }

  @Test("a running clock that jumps by years and back does not make anything old", arguments: [1, -1] as [Int64])
  func jump(sign: Int64) {
    var machine = Machine()
    machine.run(2 * Self.day)
    let jump = sign * 3_650 * Self.day
    machine.set(by: jump)
    machine.run(10 * Self.minute)
    #expect(abs(machine.moment.certain.milliseconds - (machine.wall - jump)) < Self.hour)
    machine.set(by: -jump)
    #expect(machine.moment.wall.milliseconds == machine.wall && machine.clock.difference == 0)
    #expect(machine.moment.certain.milliseconds == machine.wall)
  }

  @Test("a clock from before the program was made is never followed", arguments: [0, 600_000_000_000] as [Int64])
  func unset(wall: Int64) {
    // From the first hour on, when nothing has been proven.
    var machine = Machine()
    machine.run(Self.hour)
    let before = machine.wall
    machine.restart(setBy: wall - machine.wall)
    #expect(machine.clock.isOnItsOwn && machine.moment.wall.milliseconds >= before && machine.clock.setBack == 0)
    machine.run(2 * Self.day)
    #expect(machine.clock.isOnItsOwn && machine.moment.wall.milliseconds >= before + 2 * Self.day)
    machine.restart()
    #expect(machine.clock.isOnItsOwn && machine.moment.wall.milliseconds >= before + 2 * Self.day)
    machine.restart(setBy: before + 3 * Self.day - machine.wall)
    #expect(!machine.clock.isOnItsOwn && machine.moment.wall.milliseconds == machine.wall)
    // The first start of all.
    let first = Machine(wall: wall)
    #expect(first.clock.isOnItsOwn && first.moment.wall >= ServerClock.earliest)
  }

  @Test("a server that runs for eight hours a day settles on its third day")
  func switchedOffAtNight() {
    var machine = Machine()
    machine.run(2 * Self.day)
    for _ in 0..<3 {
      machine.restart(off: 16 * Self.hour)
      machine.run(8 * Self.hour)
      #expect(machine.moment.wall.milliseconds == machine.wall)
    }
    #expect(!machine.isAhead && machine.moment.certain.milliseconds == machine.wall)
    // Not by a clock that is set back in between.
    machine.restart(setBy: 40 * Self.day)
    machine.run(23 * Self.hour)
    machine.restart(setBy: -Self.day)
    machine.run(2 * Self.hour)
    #expect(machine.isAhead)
  }

  @Test("half an hour without the server each day does not keep its clock from being proven")
  func dailyMaintenance() {
    var machine = Machine()
    for _ in 0..<2 {
      machine.run(20 * Self.hour)
      machine.restart(off: 30 * Self.minute)
    }
    #expect(machine.clock.record.proven != nil)
  }

  @Test("no clock is too wild", arguments: [.min, .max, 0, -1] as [Int64])
  func wild(wall: Int64) {
    for record in [
      nil, ClockRecord(certain: Timestamp(milliseconds: .min)), ClockRecord(certain: Timestamp(milliseconds: .max)),
    ] {
      var clock = ServerClock(
        record: record, wall: Timestamp(milliseconds: wall), monotonic: MonotonicTime(milliseconds: 0))
      for other in [Self.start, .min, .max] {
        _ = clock.read(wall: Timestamp(milliseconds: other), monotonic: MonotonicTime(milliseconds: 1_000))
      }
      #expect(clock.record.steadyFor >= 0)
    }
  }
}
