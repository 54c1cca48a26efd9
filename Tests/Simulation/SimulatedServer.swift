import IRC
import ParleyCore
import ParleyServer
import ParleyStore
import ParleyTesting
import Seeded

/// Ways to be wrong that the checker has to notice.
enum Defect: Sendable, CaseIterable {
  /// Acknowledges what has not been synced.
  case acknowledgesEarly
  /// The store never sees an idempotency key.
  case dropsKeys
  /// One loop carries out effects in another order.
  case reordersEffects
  /// A private message is now and then shown to somebody else, too.
  case leaks
  /// The store never learns that a message was taken back, or edited.
  case keepsTexts
  /// The store never sees a read marker.
  case forgetsMarkers
  /// A start goes on with the names of the run before, whatever was lost.
  case forgetsEpoch
}

/// One life of the server's process, from loading the store to its end: the real core, store and loops, and between them
/// queues that keep their order and nothing else. The scheduler says when something moves.
final class SimulatedServer {
  enum Death { case crashed, failed, finished }

  static let loopCount = 2

  private let disk: Disk
  private let dice: Dice
  private let trace: Trace
  private let defect: Defect?
  let crashesBefore: Int

  private let store: SQLiteStore
  private let reader: any StoreReader
  private let core: Core
  private var loops: [LoopState<Wire>] = []
  private(set) var wires: [Wire] = []

  /// What is on its way to the core, by whence it comes: the loops, then store, readers, passwords, the process itself.
  private var events: [Queue<CoreEvent>]
  private var submitted = Queue<(epoch: UInt64, transactions: [Transaction])>()
  private var batchEpoch: UInt64 = 0
  private var lowestEpoch: UInt64 = 0
  private var effects: [Queue<[LoopEffect]>]
  private var queries: [(JobID, StoreQuery)] = []
  private var derivations: [(JobID, password: [UInt8], salt: [UInt8], iterations: Int)] = []

  private(set) var isShuttingDown = false
  private var hasOutputs = true
  private(set) var death: Death?
  /// What its numbers begin with.
  let epoch: Int
  /// The connection that a leaking build shows too much.
  var eavesdropper: ConnectionID?

  /// - Throws: when the store does not come up; the process has ended then.
  init(
    disk: Disk, dice: Dice, trace: Trace, defect: Defect?, hasLargeRows: Bool, at moment: Moment
  ) throws(StoreError) {
    self.disk = disk
    self.dice = dice
    self.trace = trace
    self.defect = defect
    crashesBefore = disk.crashes
    let seed = EpochSeed(
      now: moment.wall, random: (0..<EpochSeed.randomBytes).map { _ in UInt8(dice.below(256)) }, markPath: Disk.mark)
    let store = try disk.openStore(
      defect == .acknowledgesEarly ? .unsafeForTests : .full, epoch: defect == .forgetsEpoch ? nil : seed)
    let snapshot = try store.load()
    epoch = Int(snapshot.epoch) ?? 0
    reader = try store.reader()
    self.store = store
    var configuration = Configuration()
    configuration.serverName = "irc.example.org"
    configuration.passwordIterations = 1
    // Everybody talks there as fast as they can.
    configuration.lobbyFloodLines = 0
    configuration.historyLimit = 7
    configuration.sliceBytes = 300
    configuration.appendsPerSession = 4
    configuration.backlogLines = 6
    let sendQueueLimit = !hasLargeRows && dice.chance(1, in: 4) ? 24_000 : 1 << 20
    for loop in 0..<Self.loopCount { loops.append(LoopState(loop: loop, sendQueueLimit: sendQueueLimit)) }
    events = Array(repeating: Queue(), count: Source.all)
    effects = Array(repeating: Queue(), count: Self.loopCount)
    core = Core(
      configuration: configuration, snapshot: snapshot, loops: Self.loopCount, random: SeededRandom(seed: dice.next()),
      at: moment)
    if disk.crashes > crashesBefore { throw StoreError(.fatal, "power was lost while starting") }
  }

  private enum Source {
    static let store = SimulatedServer.loopCount
    static let readers = store + 1
    static let passwords = store + 2
    static let process = store + 3
    static let all = store + 4
  }

  // MARK: - What can move

  /// Everything that could happen next, with a stable number for the scheduler's moods.
  enum Move {
    /// The core takes the oldest event of a source.
    case event(source: Int)
    /// What the core decided is handed out.
    case handOut
    case commit
    case maintain
    case query
    case derive
    case effects(loop: Int)
    case input(Wire)
  }

  static let moods = 32

  func forEachMove(_ body: (Move, _ mood: Int) -> Void) {
    if death != nil { return }
    for source in events.indices where !events[source].isEmpty { body(.event(source: source), source) }
    if hasOutputs { body(.handOut, 8) }
    if !submitted.isEmpty { body(.commit, 9) }
    if !queries.isEmpty { body(.query, 10) }
    if !derivations.isEmpty { body(.derive, 11) }
    for loop in effects.indices where !effects[loop].isEmpty { body(.effects(loop: loop), 12 + loop) }
    for wire in wires where wire.hasUpstream { body(.input(wire), 16 + wire.number % 8) }
  }

  func make(_ move: Move, at moment: Moment) {
    switch move {
    case .event(let source):
      guard let event = events[source].pop() else { return }
      if case .commitFailed = event { batchEpoch += 1 }
      core.handle(event, at: moment)
      hasOutputs = true
      if dice.chance(3, in: 4) { handOut() }
    case .handOut: handOut()
    case .commit: commit()
    case .maintain: maintain()
    case .query: answer()
    case .derive: derive()
    case .effects(let loop): carryOut(loop)
    case .input(let wire): input(wire)
    }
    if disk.crashes > crashesBefore { death = .crashed }
  }

  // MARK: - The process

  func tick(elapsed milliseconds: Int64) {
    events[Source.process].push(.tick)
    for loop in loops.indices {
      for id in loops[loop].watchReaders(at: milliseconds) { events[loop].push(.reading(id)) }
      for id in loops[loop].takeCutOff() { events[loop].push(.disconnected(id, .sendQueueExceeded)) }
      tellReceipts(loop)
    }
  }

  private func tellReceipts(_ loop: Int) {
    loops[loop].lookForReceipts()
    for (job, isTaken) in loops[loop].takeReceipts() { events[loop].push(.taken(job, isTaken)) }
  }

  func shutDown() {
    guard !isShuttingDown else { return }
    isShuttingDown = true
    events[Source.process].push(.shutdown("Restarting"))
  }

  /// Lets go of everything the process had.
  func bury() {
    for wire in wires { if death == .finished { wire.finishServer() } else { wire.lose(dice) } }
    if death == .finished { store.close() }
  }

  /// - Returns: whether there is a backup now.
  func backup() -> Bool {
    disk.removeCopy()
    // Where the disk fails, the older copy is still there, and must not be taken for a new one.
    let isOlderOneLeft = disk.hasCopy
    do throws(StoreError) {
      try store.backup(to: "/copy.db")
    } catch {
      trace.note("no backup: \(error)")
    }
    if disk.crashes > crashesBefore { death = .crashed }
    return death == nil && !isOlderOneLeft && disk.hasCopy
  }

  /// Problems of the store itself.
  func check() throws(StoreError) -> [String] { try store.check() }

  // MARK: - The core's thread

  private func handOut() {
    hasOutputs = false
    let outputs = core.takeOutputs()
    if let error = outputs.fatal {
      trace.note("server fails: \(error)")
      death = .failed
      return
    }
    if !outputs.transactions.isEmpty { submitted.push((batchEpoch, outputs.transactions.map(damaged))) }
    for (loop, list) in outputs.loops.enumerated() where !list.isEmpty { effects[loop].push(list.map(damaged)) }
    queries += outputs.queries
    derivations += outputs.derivations
    if outputs.isFinished {
      trace.note("server has shut down")
      for loop in effects.indices { while !effects[loop].isEmpty { carryOut(loop) } }
      death = .finished
    }
  }

  // MARK: - The store's thread

  private func commit() {
    var batch: [Transaction] = []
    var committing: UInt64 = lowestEpoch
    for _ in 0..<(1 + dice.below(submitted.count)) {
      guard let (epoch, transactions) = submitted.pop() else { break }
      guard epoch >= lowestEpoch else { continue }
      committing = epoch
      batch += transactions
    }
    if batch.isEmpty { return }
    do throws(StoreError) {
      let outcomes = try store.commit(batch)
      if disk.crashes == crashesBefore { events[Source.store].push(.committed(outcomes)) }
    } catch {
      trace.note("commit of \(batch.count) fails: \(error)")
      lowestEpoch = committing + 1
      if disk.crashes == crashesBefore { events[Source.store].push(.commitFailed(error)) }
    }
  }

  private func maintain() {
    do throws(StoreError) {
      _ = try store.maintain()
    } catch {
      trace.note("maintenance fails: \(error)")
      if error.kind == .fatal, disk.crashes == crashesBefore { events[Source.store].push(.commitFailed(error)) }
    }
  }

  // MARK: - Other threads

  private func answer() {
    let (job, query) = queries.remove(at: dice.below(queries.count))
    events[Source.readers].push(.answered(job, ReaderPool.answer(query, reader)))
  }

  private func derive() {
    let (job, password, salt, iterations) = derivations.remove(at: dice.below(derivations.count))
    let verifier = ScramVerifier.derive(password: password, salt: salt, iterations: iterations)
    events[Source.passwords].push(.derived(job, verifier))
  }

  // MARK: - Loops

  /// nil: nobody listens.
  func connect(number: Int, address: String) -> Wire? {
    guard death == nil, !isShuttingDown else { return nil }
    let wire = Wire(number: number, loop: dice.below(Self.loopCount))
    let id = loops[wire.loop].add(wire)
    wire.id = id
    wires.append(wire)
    events[wire.loop].push(
      .connected(id, ConnectionInfo(address: address, isSecure: true, isLoopback: false, isTrusted: true)))
    return wire
  }

  private func carryOut(_ loop: Int) {
    for _ in 0..<(1 + dice.below(effects[loop].count)) {
      if defect == .reordersEffects, loop == 0, dice.chance(1, in: 20) { effects[loop].swapFirstTwo() }
      guard let list = effects[loop].pop() else { break }
      loops[loop].apply(list)
    }
    loops[loop].flush()
    for (id, position) in loops[loop].takeSkipping() {
      wires.first { $0.id == id }?.wasLeftOut = true
      events[loop].push(.skipping(id, after: position))
    }
    for id in loops[loop].takeCutOff() { events[loop].push(.disconnected(id, .sendQueueExceeded)) }
    tellReceipts(loop)
    for wire in wires where wire.loop == loop { reportDrained(wire) }
    wires.removeAll { $0.isForgotten }
  }

  /// To be asked after bytes have left.
  func reportDrained(_ wire: Wire) {
    if loops[wire.loop].awaitsReceipts { tellReceipts(wire.loop) }
    guard let id = wire.id, wire.takeDrained() else { return }
    if let backlog = loops[wire.loop].takeBacklog(of: id) { events[wire.loop].push(.fellBehind(id, backlog)) }
    events[wire.loop].push(.drained(id))
  }

  private func input(_ wire: Wire) {
    guard let id = wire.id else { return }
    guard let bytes = wire.takeUpstream(dice) else {
      wire.isForgotten = true
      if loops[wire.loop].remove(id) { events[wire.loop].push(.disconnected(id, wire.end)) }
      wires.removeAll { $0.isForgotten }
      return
    }
    trace.mix(bytes)
    var lines: [InboundLine] = []
    bytes.withUnsafeBytes { InboundLine.collect($0, with: &wire.framer, into: &lines) }
    if !lines.isEmpty { events[wire.loop].push(.received(id, lines)) }
  }

  // MARK: - Broken builds

  private func damaged(_ transaction: Transaction) -> Transaction {
    var transaction = transaction
    switch defect {
    case .dropsKeys:
      guard case .append(var event)? = transaction.changes.first else { break }
      event.key = nil
      transaction.changes[0] = .append(event)
    case .keepsTexts: transaction.changes.removeAll { if case .amend = $0 { true } else { false } }
    case .forgetsMarkers: transaction.changes.removeAll { if case .putReadMarker = $0 { true } else { false } }
    case .acknowledgesEarly, .reordersEffects, .leaks, .forgetsEpoch, nil: break
    }
    return transaction
  }

  private func damaged(_ effect: LoopEffect) -> LoopEffect {
    guard defect == .leaks, case .deliver(let delivery, to: .connections(let ids)) = effect, let eavesdropper,
      dice.chance(1, in: 4)
    else { return effect }
    return .deliver(delivery, to: .connections(ids + [eavesdropper]))
  }
}
