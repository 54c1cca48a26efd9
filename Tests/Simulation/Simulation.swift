import IRC
import ParleyCore
import ParleyStore
import SQLite

/// One run: a server that dies and comes back, engines that do the same, disks, a network, clocks and clients, all moved by one
/// scheduler that one seed determines.
final class Simulation {
  struct Result {
    var problems: [String]
    var hash: UInt64
    var trace: [String]
    var steps: Int
    var messages: Int
    var faults: Int
    var engines: Int
    /// How often what is new to a run was done, by name.
    var deeds: [String: Int]
  }

  private let dice: Dice
  private let trace: Trace
  private let disk: Disk
  private let stage: Stage
  private let weather: Weather
  private let defect: Defect?
  private var cast: Cast
  private var actors: [any Participant] { cast.actors }
  private var engines: [EngineActor] = []
  private var server: SimulatedServer?
  private var sinceTick: Int64 = 0
  private var wireCount = 0
  private var steps = 0
  private var faults = 0
  private var isDiskFull = false
  /// How much of the log's observations the backup is older than; nil: there is no backup.
  private var copied: ActorLog.Moment?
  /// Who does not read until a step, by the number of the actor.
  private var stalls: [Int: Int] = [:]
  /// How eagerly each queue moves, for the time being. 0: it stands.
  private var moods = [Int](repeating: 4, count: SimulatedServer.moods + 16)
  /// How long everybody did nothing but wait, at the end.
  private var waited: Int64 = 0

  static func run(
    seed: UInt64, defect: Defect? = nil, engineDefect: EngineDefect? = nil, isVerbose: Bool = false
  ) -> Result {
    let simulation = Simulation(seed: seed, defect: defect, engineDefect: engineDefect, isVerbose: isVerbose)
    simulation.run()
    return Result(
      problems: Checker.problems(in: simulation.stage.log), hash: simulation.trace.hash, trace: simulation.trace.lines,
      steps: simulation.steps, messages: simulation.stage.log.sendings.count, faults: simulation.faults,
      engines: simulation.engines.count, deeds: simulation.stage.log.deeds)
  }

  private init(seed: UInt64, defect: Defect?, engineDefect: EngineDefect?, isVerbose: Bool) {
    dice = Dice(seed: seed)
    trace = Trace(isVerbose: isVerbose)
    disk = Disk(seed: dice.next())
    stage = Stage(dice: dice, trace: trace)
    weather = Weather(dice)
    self.defect = defect
    stage.allowsLargeRows = weather.largeRows
    cast = Cast(dice: dice, stage: stage, defect: engineDefect, lastingOnly: weather.restores)
    engines = cast.actors.compactMap { $0 as? EngineActor }
  }

  // MARK: - The run

  private func run() {
    guard proceed(upTo: 20_000, until: { actors.allSatisfy(\.isSetUp) }) else {
      return complain("the actors do not get to their places: \(actors.filter { !$0.isSetUp }.map(\.actor))")
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
    for actor in actors { actor.recover() }
    for mood in moods.indices { moods[mood] = 4 }
    stalls = [:]
    if dice.chance(1, in: 2) {
      for actor in actors { actor.wire?.cut(dice) }
    }
    guard proceed(upTo: 50_000, until: { isQuiet }) else {
      return complain("it does not come to rest: \(actors.filter { !$0.isIdle }.map { "\($0)" })")
    }
    if waited > 600_000 { complain("it takes \(waited / 60_000) minutes to come to rest") }
    // What did not work because of a fault is tried again before the minute is over.
    let end = stage.elapsed + 60_000
    guard proceed(upTo: 50_000, until: { stage.elapsed >= end && isQuiet }) else {
      return complain("it does not stay at rest")
    }
    read()
  }

  /// What everybody has, and what there is.
  private func read() {
    cast.addReaders()
    guard proceed(upTo: 50_000, until: { isQuiet }) else { return complain("the readers do not get to their places") }
    for actor in actors { actor.beginReading() }
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
    guard let server, !server.isShuttingDown, actors.allSatisfy(\.isIdle) else { return false }
    var isMoving = false
    server.forEachMove { _, _ in isMoving = true }
    return !isMoving && !actors.contains { $0.wire?.hasDownstream ?? true }
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
    } else {
      choices.append((.boot, 2))
    }
    for (index, actor) in actors.enumerated() {
      let mood = moods[SimulatedServer.moods + index % 16]
      if let wire = actor.wire {
        if wire.hasDownstream, steps >= stalls[index] ?? 0 { choices.append((.downstream(index), mood)) }
      } else if actor.wantsConnection {
        choices.append((.connect(index), 2))
      }
      if actor.canAct { choices.append((.act(index), 1)) }
    }
    if choices.isEmpty { waitForSomebody() }
    if server != nil { choices.append((.maintain, stage.isClosing ? 0 : 1)) }
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
    for engine in engines { engine.bury() }
  }

  private func carryOut(_ choice: Choice) {
    switch choice {
    case .server(let move): server?.make(move, at: moment)
    case .maintain: server?.make(.maintain, at: moment)
    case .boot: boot()
    case .connect(let index): connect(actors[index])
    case .downstream(let index): receive(actors[index])
    case .act(let index): actors[index].act()
    case .clock: passTime(Int64(dice.below(60)))
    }
  }

  private func boot() {
    do throws(StoreError) {
      let crashes = disk.crashes
      server = try SimulatedServer(
        disk: disk, dice: dice, trace: trace, defect: defect, hasLargeRows: weather.largeRows, at: moment)
      trace.note("server starts")
      if let epoch = server?.epoch { stage.log.epochs.append(epoch) }
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

  private func connect(_ actor: any Participant) {
    guard let wire = server?.connect(number: wireCount, address: actor.address) else { return actor.refused() }
    wireCount += 1
    trace.note("\(actor.actor) connects")
    actor.connected(wire)
    if actor.account == Cast.outsider { server?.eavesdropper = wire.id }
  }

  private func receive(_ actor: any Participant) {
    guard let wire = actor.wire else { return }
    guard let bytes = wire.takeDownstream(dice) else { return actor.disconnected() }
    trace.mix(bytes)
    actor.receive(bytes)
    server?.reportDrained(wire)
  }

  // MARK: - Time

  /// The clocks of the server: its wall clock jumps, the other one does not.
  private var moment: Moment { Moment(wall: stage.now, monotonic: MonotonicTime(milliseconds: stage.elapsed)) }

  private func passTime(_ milliseconds: Int64) {
    stage.now = stage.now.adding(milliseconds: milliseconds)
    stage.elapsed += milliseconds
    sinceTick += milliseconds
    if sinceTick >= 1_000 {
      sinceTick = 0
      server?.tick(elapsed: Int64(stage.elapsed))
    }
  }

  /// Nothing can happen before some time has passed.
  private func waitForSomebody() {
    guard let next = actors.compactMap(\.alarm).min() else { return }
    let wait = min(max(0, next - stage.elapsed), 10_000)
    if stage.isClosing, !actors.allSatisfy(\.isIdle) { waited += wait }
    trace.note("nothing happens for \(wait) ms; not idle: \(actors.filter { !$0.isIdle }.map { "\($0)" })")
    passTime(wait)
  }

  // MARK: - Misfortune

  private func changeMoods() {
    for mood in moods.indices { moods[mood] = dice.pick([0, 1, 4, 4, 16]) }
  }

  private func misfortune() {
    switch dice.below(engines.isEmpty ? 10 : 14) {
    case 0, 1:
      guard weather.cuts else { return }
      let actor = dice.pick(actors)
      trace.note("\(actor.actor)'s connection is cut")
      actor.wire?.cut(dice)
    case 2:
      guard weather.cuts else { return }
      let actor = dice.pick(actors)
      actor.wire?.close()
      if actor.wire != nil { actor.disconnected() }
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
      disk.fail(at: dice.within(1...16), dice.pick([Disk.full, Disk.inputOutput]))
      trace.note("the disk is about to fail")
    case 6:
      guard weather.restarts else { return }
      trace.note("server is asked to stop")
      server?.shutDown()
    case 7:
      guard weather.clockJumps else { return }
      var jump = dice.pick([3_600_000, -3_600_000, 5_000, -5_000, 100_000, -100])
      if weather.years, dice.chance(1, in: 3) {
        jump = dice.pick([315_360_000_000, -315_360_000_000, 94_608_000_000, -94_608_000_000])
        stage.log.done("jumps of years")
      }
      stage.now = stage.now.adding(milliseconds: Int64(jump))
      if jump < 0 { stage.log.setBack(to: "timestamp=\(stage.now.iso8601)") }
      trace.note("the clock jumps by \(jump)")
      return
    case 8:
      let number = dice.below(actors.count)
      stalls[number] = steps + dice.within(100...800)
      stage.log.done("slow readers")
      trace.note("\(actors[number].actor) does not read")
      return
    case 9:
      guard weather.restores else { return }
      if copied == nil || dice.chance(1, in: 3) { return backUp() }
      restore()
    default: dice.pick(engines).suffer(weather)
    }
    faults += 1
  }

  private func backUp() {
    guard let server, !server.isShuttingDown else { return }
    copied = nil
    guard server.backup() else { return }
    do throws(SQLiteError) { try disk.copyMark() } catch { return }
    guard disk.crashes == server.crashesBefore else { return }
    copied = stage.log.moment
    trace.note("there is a backup")
  }

  /// The server ends, and the next one finds the backup in the place of its database.
  private func restore() {
    guard let copied else { return }
    if let server { bury(server, .crashed) }
    for actor in actors { actor.wire?.silence() }
    disk.repair()
    let withMark = dice.chance(1, in: 3)
    do throws(SQLiteError) {
      try disk.restoreCopy(withMark: withMark)
    } catch {
      complain("the backup cannot be restored: \(error)")
    }
    if isDiskFull { disk.setBudget(dice.below(12_000)) }
    stage.log.lose(since: copied)
    for engine in engines { engine.ledger.serverHasLost() }
    stage.log.done("restores")
    trace.note("the server's database is restored\(withMark ? ", with the mark" : "")")
  }
}
