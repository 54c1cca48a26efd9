import IRC
import ParleyCache
import ParleyEngine
import SQLite

/// A person with a real engine: its process, which dies and comes back, a disk of its own, a clock of its own, and a host
/// that sends messages and keeps book of what it is told.
final class EngineActor: Participant, CustomStringConvertible {
  let actor: String
  let account: String
  let address: String
  /// What it may read, with the target that names it.
  let places: [(place: Place, target: String)]
  let stage: Stage
  let ledger: EngineLedger
  let defect: EngineDefect?
  let disk: Disk
  var dice: Dice { stage.dice }

  // Lasting.
  /// How long the engine may keep the password it is given: see `parley_answer()`.
  private let keep: Int32
  var budget: Int
  private(set) var isSetUp = false
  /// The engine's clock minus the server's, in milliseconds.
  private var clockOffset: Int64 = 0
  private var isDiskFull = false
  private var lastRequest: Int64 = 1_000_000
  /// Makes the account, once, as a plain client: an engine signs in.
  private var registrar: Device?

  // For one life.
  private(set) var process: EngineProcess?
  private var connection: ConnectionID?
  private var engineWire: Wire?
  private(set) var wantsEngineConnection = false
  private var framer = LineFramer(limit: ParserLimits.client.contentBytes)

  enum Death { case killed, powerLoss }

  /// Set when the process is to be buried after this step.
  private(set) var death: Death?
  /// The process ends in its next turn, behind its commit.
  private var isDoomed = false
  private var crashesBefore = 0
  /// As the engine's thread has it: set for a time on the engine's clock, and running by a clock that nobody sets.
  private var timer: (time: Timestamp, alarm: Int64)?

  // The last reading.
  var isReading = false
  var backfills = 0

  init(
    account: String, device: String, address: String, budget: Int, places: [(place: Place, target: String)],
    seed: UInt64,
    defect: EngineDefect?, stage: Stage
  ) {
    actor = "\(account)/\(device)"
    self.account = account
    self.address = address
    self.budget = budget
    self.places = places
    self.stage = stage
    self.defect = defect
    disk = Disk(seed: seed)
    keep = Int32(stage.dice.below(3))
    ledger = EngineLedger(actor: actor, stage: stage, defect: defect)
    registrar = Device(
      account: account, device: "\(device)-registrar", hasKeys: false, address: address, budget: 0, places: [],
      temptations: [], stage: stage)
  }

  func complain(_ words: String) { stage.log.complaints.append("\(actor) \(words)") }

  var clock: EngineTime {
    EngineTime(
      monotonic: Timestamp(milliseconds: stage.elapsed), wall: stage.now.adding(milliseconds: clockOffset))
  }

  func nextRequest() -> Int64 {
    lastRequest += 1
    return lastRequest
  }

  // MARK: - Lives

  /// Starts the process, if the disk lets it.
  func start() {
    if let registrar {
      registrar.wire?.close()
      registrar.disconnected()
      self.registrar = nil
    }
    crashesBefore = disk.crashes
    do throws(SQLiteError) {
      let process = try EngineProcess(disk: disk, dice: dice, clock: clock)
      guard disk.crashes == crashesBefore else { return }
      try ledger.lifeBegan(process)
      self.process = process
      setTimer(process.core)
      stage.trace.note("\(actor) starts")
    } catch {
      stage.trace.note("\(actor) does not start: \(error)")
      if stage.isClosing, disk.crashes == crashesBefore { complain("does not start: \(error)") }
    }
  }

  /// The process is gone: what it had in memory is, too.
  func bury() {
    guard let death else { return }
    stage.trace.note("\(actor) ends: \(death)")
    if death == .powerLoss, disk.crashes == crashesBefore { disk.crash() }
    // SQLite would tidy up when it is closed; a process that was killed does not.
    if death == .killed { disk.fail(at: 1, Disk.inputOutput) }
    process = nil
    if death == .killed { disk.fail(at: 0, 0) }
    defect?.spoil(disk)
    engineWire?.cut(dice)
    engineWire?.isAbandoned = true
    engineWire = nil
    connection = nil
    wantsEngineConnection = false
    timer = nil
    self.death = nil
    isDoomed = false
    ledger.lifeEnded()
  }

  func die(_ death: Death) { if process != nil, self.death == nil { self.death = death } }

  // MARK: - Turns

  var alarm: Int64? { timer?.alarm }

  private func setTimer(_ core: EngineCore) {
    guard let time = core.deadline else {
      timer = nil
      return
    }
    if timer?.time == time { return }
    timer = (time, stage.elapsed + max(0, min(time.milliseconds - clock.monotonic.milliseconds, 86_400_000)))
  }

  func advance() {
    timer = nil
    turn { (core) throws(SQLiteError) in try core.advance() }
  }

  func turn(_ body: (EngineCore) throws(SQLiteError) -> Void) {
    guard let process, death == nil else { return }
    let result = process.core.turn(now: clock, body)
    setTimer(process.core)
    if disk.crashes > crashesBefore { return die(.powerLoss) }
    if isDoomed {
      // It has committed. Some bytes may have left; the host hears nothing.
      carryOut(Array(result.effects.prefix(dice.below(result.effects.count + 1))))
      return die(.killed)
    }
    do throws(SQLiteError) {
      try ledger.take(result.events, process)
    } catch {
      stage.trace.note("\(actor) cannot read: \(error)")
      return die(.killed)
    }
    for event in result.events where event.kind == .chat { learn(event.chat) }
    carryOut(result.effects)
    for event in result.events where event.kind == .ask {
      let answer = Command.answer(question: event.request, secret: Array("sesame".utf8), keep: keep)
      turn { (core) throws(SQLiteError) in try core.handle(answer, request: 0) }
    }
  }

  private func learn(_ chat: Int64) {
    guard let process, let row = process.directory.chatState(chat)?.row, row.kind != .server else { return }
    process.chats[row.name] = chat
  }

  private func carryOut(_ effects: [NetworkEffect]) {
    for effect in effects {
      switch effect {
      case .connect(let id, _):
        connection = id
        wantsEngineConnection = true
      case .write(let id, let bytes) where id == connection:
        stage.trace.note("\(actor) → \(String(decoding: bytes, as: UTF8.self))")
        engineWire?.write(bytes)
      case .close(let id) where id == connection:
        stage.trace.note("\(actor) closes its connection")
        engineWire?.close()
        engineWire = nil
        connection = nil
        wantsEngineConnection = false
      case .write, .close: break
      }
    }
  }

  // MARK: - Connection

  var wire: Wire? { registrar?.wire ?? engineWire }
  var wantsConnection: Bool { registrar?.wantsConnection ?? wantsEngineConnection }

  func connected(_ wire: Wire) {
    if let registrar { return registrar.connected(wire) }
    guard let connection else { return }
    wantsEngineConnection = false
    engineWire = wire
    framer = LineFramer(limit: ParserLimits.client.contentBytes)
    turn { (core) throws(SQLiteError) in try core.connected(connection, fingerprint: nil) }
  }

  func refused() {
    guard let connection, wantsEngineConnection else { return }
    wantsEngineConnection = false
    turn { (core) throws(SQLiteError) in try core.closed(connection, .lost("refused")) }
  }

  func disconnected() {
    if let registrar { return registrar.disconnected() }
    stage.trace.note("\(actor) has lost its connection")
    engineWire?.isAbandoned = true
    engineWire = nil
    guard let connection else { return }
    turn { (core) throws(SQLiteError) in try core.closed(connection, .lost("closed")) }
  }

  func receive(_ bytes: [UInt8]) {
    if let registrar { return registrar.receive(bytes) }
    look(at: bytes)
    guard let connection else { return }
    turn { (core) throws(SQLiteError) in
      var failure: SQLiteError?
      bytes.withUnsafeBytes { bytes in
        do throws(SQLiteError) { try core.received(connection, bytes) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }

  private func look(at bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      framer.consume(buffer) { frame in
        guard case .line(let line) = frame else { return complain("got an endless line") }
        stage.trace.note("\(actor) ← \(String(decoding: line, as: UTF8.self))")
        for token in ActorLog.tokens(in: line) {
          stage.log.sightings.append(.init(actor: actor, account: account, token: token))
        }
      }
    }
  }

  var isRegistered: Bool { registrar?.isSetUp ?? true }

  func nowSetUp() { isSetUp = true }

  // MARK: - Trouble

  func suffer(_ weather: Weather) {
    guard isSetUp else { return }
    switch dice.below(6) {
    case 0 where weather.crashes: die(dice.pick([.killed, .powerLoss]))
    case 1 where weather.crashes: isDoomed = true
    case 2 where weather.crashes: disk.crash(at: dice.within(1...24))
    case 3 where weather.fullDisk:
      isDiskFull.toggle()
      disk.setBudget(isDiskFull ? dice.below(20_000) : -1)
    case 4 where weather.failures: disk.fail(at: dice.within(1...16), dice.pick([Disk.full, Disk.inputOutput]))
    case 5 where weather.clockJumps:
      clockOffset += Int64(dice.pick([3_600_000, -3_600_000, 65_000, 31_000, -5_000, 315_360_000_000]))
    default: return
    }
    stage.trace.note("\(actor) is in trouble")
  }

  func recover() {
    disk.repair()
    isDiskFull = false
  }
}
