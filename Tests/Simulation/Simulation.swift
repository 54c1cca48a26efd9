import IRC
import ParleyStore

/// One run: a server that dies and comes back, a disk, a network, a clock and clients, all moved by one scheduler that one
/// seed determines.
final class Simulation {
  struct Result {
    var problems: [String]
    var hash: UInt64
    var trace: [String]
    var steps: Int
    var messages: Int
    var faults: Int
  }

  /// Which faults a run has: not each has all, so that each fault is also met alone.
  private struct Weather {
    var cuts: Bool
    var crashes: Bool
    var fullDisk: Bool
    var failures: Bool
    var restarts: Bool
    var clockJumps: Bool
    /// One fault in about so many steps.
    var rarity: Int

    init(_ dice: Dice) {
      cuts = dice.chance(3, in: 4)
      crashes = dice.chance(2, in: 3)
      fullDisk = dice.chance(1, in: 2)
      failures = dice.chance(1, in: 2)
      restarts = dice.chance(1, in: 2)
      clockJumps = dice.chance(1, in: 2)
      rarity = dice.within(20...200)
    }
  }

  private static let full: Int32 = 13
  private static let inputOutput: Int32 = 10

  private let dice: Dice
  private let trace: Trace
  private let disk: Disk
  private let stage: Stage
  private let weather: Weather
  private let defect: Defect?
  private var server: SimulatedServer?
  private var devices: [Device] = []
  private var now = Timestamp(milliseconds: 1_800_000_000_000)
  private var sinceTick: Int64 = 0
  private var wireCount = 0
  private var steps = 0
  private var faults = 0
  private var isDiskFull = false
  /// How eagerly each queue moves, for the time being. 0: it stands.
  private var moods = [Int](repeating: 4, count: SimulatedServer.moods + 16)

  static func run(seed: UInt64, defect: Defect? = nil, isVerbose: Bool = false) -> Result {
    let simulation = Simulation(seed: seed, defect: defect, isVerbose: isVerbose)
    simulation.run()
    return Result(
      problems: Checker.problems(in: simulation.stage.log), hash: simulation.trace.hash, trace: simulation.trace.lines,
      steps: simulation.steps, messages: simulation.stage.log.sendings.count, faults: simulation.faults)
  }

  private init(seed: UInt64, defect: Defect?, isVerbose: Bool) {
    dice = Dice(seed: seed)
    trace = Trace(isVerbose: isVerbose)
    disk = Disk(seed: dice.next(), durability: defect == .acknowledgesEarly ? .unsafeForTests : .full)
    stage = Stage(dice: dice, trace: trace)
    weather = Weather(dice)
    self.defect = defect
    cast()
  }

  // MARK: - Actors

  private func cast() {
    var people = ["alice", "bob", "paul"]
    if dice.chance(2, in: 3) { people.append("carol") }
    let outsider = "mallory"
    let lobby = (place: Place.room("#lobby", people + [outsider]), target: "#lobby")
    let tea = (place: Place.room("#tea", people), target: "#tea")
    func add(_ account: String, _ device: String, hasKeys: Bool) {
      var places = [lobby]
      if account != outsider {
        places.append(tea)
        for other in people where other != account { places.append((Place.between(account, other), other)) }
      }
      devices.append(
        Device(
          account: account, device: device, hasKeys: hasKeys, address: "192.0.2.\(devices.count + 1)",
          budget: dice.within(6...24), places: places, temptations: account == outsider ? ["#tea"] + people : [],
          stage: stage))
    }
    for person in people { add(person, "d1", hasKeys: person != "paul") }
    if dice.chance(1, in: 2) { add("alice", "d2", hasKeys: true) }
    add(outsider, "d1", hasKeys: true)
  }

  // MARK: - The run

  private func run() {
    guard proceed(upTo: 20_000, until: { devices.allSatisfy(\.isSetUp) }) else {
      return complain("the actors do not get to their places")
    }
    stage.isClosing = false
    let last = steps + dice.within(1_000...4_000)
    while steps < last {
      if dice.chance(1, in: weather.rarity) { misfortune() }
      if steps % 64 == 0 { changeMoods() }
      step()
    }
    stage.isClosing = true
    trace.note("faults are over")
    disk.repair()
    isDiskFull = false
    for mood in moods.indices { moods[mood] = 4 }
    if dice.chance(1, in: 2) {
      for device in devices { device.wire?.cut(dice) }
    }
    guard proceed(upTo: 50_000, until: { isQuiet }) else {
      return complain("it does not come to rest: \(devices.filter { !$0.isIdle }.map(\.actor))")
    }
    for device in devices { device.beginReading() }
    guard proceed(upTo: 50_000, until: { isQuiet }) else { return complain("history cannot be read") }
    do throws(StoreError) {
      stage.log.complaints += try server?.check().map { "the store is damaged: \($0)" } ?? []
    } catch {
      complain("the store cannot be checked: \(error)")
    }
  }

  private func complain(_ words: String) { stage.log.complaints.append(words) }

  private func proceed(upTo limit: Int, until isDone: () -> Bool) -> Bool {
    let last = steps + limit
    while steps < last {
      if steps % 16 == 0, isDone() { return true }
      step()
    }
    return false
  }

  private var isQuiet: Bool {
    guard let server, !server.isShuttingDown, devices.allSatisfy(\.isIdle) else { return false }
    var isMoving = false
    server.forEachMove { _, _ in isMoving = true }
    return !isMoving && !devices.contains { $0.wire?.hasDownstream ?? true }
  }

  // MARK: - One step

  private enum Choice {
    case server(SimulatedServer.Move)
    case boot
    case connect(Int)
    case downstream(Int)
    case act(Int)
    case maintain
    case clock
  }

  private var choices: [(choice: Choice, weight: Int)] = []

  private func step() {
    steps += 1
    choices.removeAll(keepingCapacity: true)
    if let server {
      server.forEachMove { move, mood in choices.append((.server(move), moods[mood])) }
      choices.append((.maintain, stage.isClosing ? 0 : 1))
    } else {
      choices.append((.boot, 2))
    }
    for (index, device) in devices.enumerated() {
      let mood = moods[SimulatedServer.moods + index % 16]
      if let wire = device.wire {
        if wire.hasDownstream { choices.append((.downstream(index), mood)) }
        if device.canAct { choices.append((.act(index), 1)) }
      } else if server != nil {
        choices.append((.connect(index), 2))
      }
    }
    choices.append((.clock, 1))
    var rest = dice.below(choices.reduce(0) { $0 + $1.weight })
    for (number, (choice, weight)) in choices.enumerated() {
      rest -= weight
      guard rest < 0 else { continue }
      trace.mix(number)
      carryOut(choice)
      break
    }
    if let server, let death = server.death { bury(server, death) }
  }

  private func carryOut(_ choice: Choice) {
    switch choice {
    case .server(let move): server?.make(move, at: now)
    case .maintain: server?.make(.maintain, at: now)
    case .boot: boot()
    case .connect(let index): connect(devices[index])
    case .downstream(let index): receive(devices[index])
    case .act(let index): devices[index].act()
    case .clock: passTime()
    }
  }

  private func boot() {
    do throws(StoreError) {
      let crashes = disk.crashes
      server = try SimulatedServer(disk: disk, dice: dice, trace: trace, defect: defect, now: now)
      trace.note("server starts")
      if disk.crashes > crashes { server = nil }
    } catch {
      trace.note("server does not start: \(error)")
      if stage.isClosing { complain("the server does not start: \(error)") }
    }
  }

  private func bury(_ server: SimulatedServer, _ death: SimulatedServer.Death) {
    trace.note("server ends: \(death)")
    server.bury()
    self.server = nil
    disk.crash(at: 0)
  }

  private func connect(_ device: Device) {
    guard let wire = server?.connect(number: wireCount, address: device.address) else { return }
    wireCount += 1
    trace.note("\(device.actor) connects")
    device.connected(wire)
    if device.account == "mallory" { server?.eavesdropper = wire.id }
  }

  private func receive(_ device: Device) {
    guard let wire = device.wire else { return }
    guard let bytes = wire.takeDownstream(dice) else { return device.disconnected() }
    trace.mix(bytes)
    device.receive(bytes)
    server?.reportDrained(wire)
  }

  private func passTime() {
    let milliseconds = Int64(dice.below(60))
    now = now.adding(milliseconds: milliseconds)
    sinceTick += milliseconds
    if sinceTick >= 1_000 {
      sinceTick = 0
      server?.tick()
    }
  }

  // MARK: - Misfortune

  private func changeMoods() {
    for mood in moods.indices { moods[mood] = dice.pick([0, 1, 4, 4, 16]) }
  }

  private func misfortune() {
    switch dice.below(8) {
    case 0, 1:
      guard weather.cuts else { return }
      let device = dice.pick(devices)
      trace.note("\(device.actor)'s connection is cut")
      device.wire?.cut(dice)
    case 2:
      guard weather.cuts else { return }
      let device = dice.pick(devices)
      device.wire?.close()
      if device.wire != nil { device.disconnected() }
    case 3:
      guard weather.crashes else { return }
      if dice.chance(1, in: 4) {
        disk.crash()
        if let server { bury(server, .crashed) }
      } else {
        disk.crash(at: dice.within(1...24))
      }
      trace.note("power is about to fail")
    case 4:
      guard weather.fullDisk else { return }
      isDiskFull.toggle()
      disk.setBudget(isDiskFull ? dice.below(12_000) : -1)
      trace.note("the disk is \(isDiskFull ? "full" : "empty again")")
    case 5:
      guard weather.failures else { return }
      disk.fail(at: dice.within(1...16), dice.pick([Self.full, Self.inputOutput]))
      trace.note("the disk is about to fail")
    case 6:
      guard weather.restarts else { return }
      trace.note("server is asked to stop")
      server?.shutDown()
    default:
      guard weather.clockJumps else { return }
      let jump = dice.pick([3_600_000, -3_600_000, 5_000, -5_000, 100_000, -100])
      now = now.adding(milliseconds: Int64(jump))
      trace.note("the clock jumps by \(jump)")
      return
    }
    faults += 1
  }
}
