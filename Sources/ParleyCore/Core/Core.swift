import IRC
public import ParleyStore

/// The single owner of all chat state: a synchronous state machine. Events in, effects out, no I/O.
///
/// State changes apply at once, so that every decision is made on one state in one order. What others see of them leaves
/// through the effect stream, behind the transaction that makes them durable; if the store fails, everything in flight is undone.
public final class Core {
  var configuration: Configuration { didSet { supportLines = ISupportTokens.lines(configuration) } }
  /// The tokens of 005, which each registration gets.
  private(set) var supportLines: [[String]]
  /// The time of day: for messages and records.
  var now: Timestamp
  /// Timers, pauses and limits are measured with it.
  var instant: MonotonicTime
  /// The time that has come for certain: data is removed for its age by it.
  var certainTime: Timestamp
  var random: any RandomSource
  var outputs: Outputs
  private let loopCount: Int

  var sessions: [ConnectionID: Session] = [:]
  /// Every nick in use, by guests, connected accounts and absent ones.
  var users = NameBook<User>()
  /// Those without an account.
  var guests: [Identity: User] = [:]
  var rooms = NameBook<Room>()
  var reservations: NameReservations
  /// Numbers users in the order in which they come.
  private var lastUser: UInt64 = 0
  var accounts: AccountBook
  var nextRoom: Int64
  let secret: [UInt8]
  /// `Snapshot.epoch`.
  let epoch: String

  var stream = EffectStream()
  /// While an item of the stream is being carried out, what it emits leaves directly: it is at the front of the order.
  private(set) var isReleasing = false
  /// What is being carried out has submitted a transaction: what it emits from then on waits for that one.
  private var hasSubmitted = false
  /// Sessions that may go on once the stream has been carried out as far as it goes.
  var unblocked: [Session] = []
  /// Sessions whose turn to change accounts has come.
  var changingOver: [(Core) -> Void] = []
  /// The newest log position whose effects have left.
  var releasedPosition: LogPosition
  /// What the store was last told of it.
  private var recordedRelease: LogPosition

  var jobs: [JobID: (QueryResult) -> Void] = [:]
  var derivations: [JobID: (PasswordVerifier?) -> Void] = [:]
  var derivationQueue = DerivationQueue()
  var guesses = GuessQueue()
  var mailJobs: [JobID: (Bool) -> Void] = [:]
  var mailThrottle = MailThrottle()
  var verificationsCheckedAt: MonotonicTime?
  private var nextJob: UInt64 = 1

  var admission = Admission()
  var throttle = AuthenticationThrottle()
  var noteLimiter = NoteLimiter()
  var pings = PingWheel()
  var work = WorkBudget(burst: WorkBudget.questionBurst)
  var waitingWork = WorkQueue()
  /// What people say has a supply of its own: nobody who has asked for much is kept from talking.
  var talk = WorkBudget(burst: WorkBudget.talkBurst)
  var waitingTalk = WorkQueue()
  /// The loops have more to write than they can at the moment.
  public var isOutputScarce = false
  private var questions = QuestionQueue()
  var monitors = MonitorBook()
  var departed = DepartedUsers()
  var strangers = StrangerBook()
  var guestBook = GuestBook()
  var metadata = MetadataBook()
  /// Of `users`: counted, because every welcome tells.
  var operatorCount = 0
  var invisibleCount = 0
  var registeredCount = 0
  var peakUsers = 0
  /// Of `rooms`: nobody is in them, and they wait for those who were in them before the start. They are not there for others.
  var awaitedRooms: Set<RoomID> = []
  /// Until then, rooms stay that had members when the last run ended; nil: no longer.
  var awaitedUntil: MonotonicTime?
  var unsettled = Unsettled()
  /// When the store was last told to remove what need not be kept.
  var expiredAt: MonotonicTime?
  var isShuttingDown = false
  /// Devices that have left, by what the loop was asked.
  var departures: [JobID: Departure] = [:]
  /// The last of them are waited for until then, when the server stops.
  var departuresEnd: MonotonicTime?
  private var hasFinished = false
  var startedAt: Timestamp
  let startedAtInstant: MonotonicTime

  /// - Parameters:
  ///   - snapshot: what the store loaded.
  ///   - loops: how many event loops there are; `ConnectionID.loop` is below it.
  public init(
    configuration: Configuration, snapshot: Snapshot, loops: Int, random: any RandomSource, at moment: Moment
  ) {
    self.configuration = configuration
    supportLines = ISupportTokens.lines(configuration)
    now = moment.wall
    instant = moment.monotonic
    certainTime = moment.certain
    self.random = random
    loopCount = loops
    outputs = Outputs(loops: loops)
    accounts = AccountBook(snapshot)
    reservations = NameReservations(snapshot.reservations)
    nextRoom = snapshot.nextRoom
    secret = snapshot.secret
    epoch = snapshot.epoch
    releasedPosition = snapshot.lastPosition
    recordedRelease = snapshot.lastPosition
    startedAt = moment.wall
    startedAtInstant = moment.monotonic
    restore(snapshot)
    peakUsers = users.count
  }

  /// A connection's session, for tests that look whether it is freed.
  package func session(of id: ConnectionID) -> AnyObject? { sessions[id] }

  /// Drops what still waits for an answer or for its turn, after the last event: its closures hold the core, which would never be freed.
  public func dropWaiting() {
    stream = EffectStream()
    (jobs, derivations, mailJobs, departures) = ([:], [:], [:], [:])
    (derivationQueue, questions, guesses) = (DerivationQueue(), QuestionQueue(), GuessQueue())
    (waitingWork, waitingTalk) = (WorkQueue(), WorkQueue())
    (unblocked, changingOver) = ([], [])
    for session in sessions.values { session.end() }
  }

  // Rooms and users know each other.
  deinit {
    for room in rooms.values {
      for member in room.members { room.withdraw(member.user) }
    }
  }

  /// Handles one event. The wall clock may jump in both directions, the monotonic one must not go back.
  public func handle(_ event: CoreEvent, at moment: Moment) {
    let isSetBack = moment.wall.adding(milliseconds: TimeCorrection.tolerance) < now
    now = moment.wall
    instant = moment.monotonic
    certainTime = moment.certain
    if isSetBack { limitTimes() }
    resumeWork()
    switch event {
    case .connected(let id, let info): connected(id, info)
    case .received(let id, let lines): received(id, lines)
    case .disconnected(let id, let reason): disconnected(id, reason)
    case .drained(let id): drained(id)
    case .skipping(let id, let position): skipping(id, after: position)
    case .fellBehind(let id, let backlog): fellBehind(id, backlog)
    case .reading(let id): sessions[id]?.lastHeardAt = instant
    case .taken(let job, let isTaken): taken(job, isTaken)
    case .committed(let outcomes):
      stream.resolve(outcomes)
      releaseStream()
    case .commitFailed(let error): commitFailed(error)
    case .answered(let job, let result): answered(job, result)
    case .derived(let job, let verifier): derived(job, verifier)
    case .mailed(let job, let isSent): mailJobs.removeValue(forKey: job)?(isSent)
    case .accountsChanged(let records): accountsChanged(records)
    case .reconfigured(let configuration): reconfigure(configuration)
    case .tick: tick()
    case .wake: break
    case .shutdown(let reason): shutDown(reason)
    }
    resumeUnblocked()
    if isShuttingDown, stream.isEmpty, sessions.isEmpty, !hasFinished, !awaitsDepartures { finish() }
  }

  /// What has to be done since the last call.
  public func takeOutputs() -> Outputs {
    if releasedPosition > recordedRelease, !outputs.transactions.isEmpty {
      recordedRelease = releasedPosition
      outputs.transactions[outputs.transactions.count - 1].changes.append(.released(releasedPosition))
    }
    let taken = outputs
    outputs = Outputs(loops: loopCount)
    return taken
  }

  /// Connections that have registered, for metrics and tests.
  public var registeredSessions: Int { registeredCount }

  // MARK: - Effects

  /// Nothing is ahead of what is emitted now.
  var canRelease: Bool { isReleasing ? !hasSubmitted : stream.isEmpty }

  /// Puts an effect at the end of the order.
  func emit(_ effect: LoopEffect) {
    if canRelease { release(effect) } else { stream.push(.effect(effect)) }
  }

  /// Runs at the end of the order: when everything before it has left.
  /// - Parameter reply: what the body writes to, which then leaves behind it.
  func afterEverything(writingTo reply: Reply? = nil, _ body: @escaping (Core) -> Void) {
    reply?.isAwaited = true
    if canRelease { body(self) } else { stream.push(.call(body)) }
  }

  /// Ends a command: its answer leaves at its place in the order.
  func finish(_ reply: Reply) {
    if reply.isEmpty, !reply.isLabeled, !reply.isAwaited { return }
    reply.count()
    if canRelease { release(reply) } else { stream.push(.reply(reply)) }
  }

  /// What a command has answered so far leaves at this place in the order; the rest follows.
  func flush(_ reply: Reply) {
    afterEverything { core in
      guard !reply.isEmpty else { return }
      core.release(.send(reply.session.id, reply.take(isComplete: false)))
    }
  }

  /// Sends a line to a session outside any command's answer.
  func send(_ message: Message, to session: Session) {
    var bytes: [UInt8] = []
    message.encode(into: &bytes)
    emit(.send(session.id, bytes))
  }

  private func release(_ effect: LoopEffect) {
    switch effect {
    case .send(let id, _), .sendSlice(let id, _), .capabilities(let id, _), .join(let id, _), .part(let id, _),
      .registered(let id), .guest(let id, _), .pause(let id), .resume(let id), .hold(let id), .release(let id),
      .asked(let id), .answered(let id), .reportTaken(let id, _), .close(let id, _):
      if id.loop < loopCount { outputs.loops[id.loop].append(effect) }
    case .deliver(_, let audience):
      switch audience {
      case .connection(let id):
        if id.loop < loopCount { outputs.loops[id.loop].append(effect) }
      case .connections(let ids):
        var loops: UInt64 = 0
        for id in ids { loops |= 1 << UInt64(id.loop & 63) }
        for loop in 0..<loopCount where loops & (1 << UInt64(loop & 63)) != 0 { outputs.loops[loop].append(effect) }
      case .room, .rooms, .everyone:
        for loop in 0..<loopCount { outputs.loops[loop].append(effect) }
      }
    }
  }

  func release(_ reply: Reply) {
    reply.count()
    // Also to a session that is closing: its end is behind this in the order.
    let bytes = reply.take(isComplete: true)
    guard !bytes.isEmpty else { return }
    let session = reply.session
    guard session.output.isExhausted, !session.output.isReportDue else { return release(.send(session.id, bytes)) }
    session.output.isReportDue = true
    release(.sendSlice(session.id, bytes))
  }

  private func releaseStream() {
    isReleasing = true
    while let (item, outcome) = stream.next() { carryOut(item, outcome) }
    isReleasing = false
  }

  private func carryOut(_ item: EffectStream.Item, _ outcome: Outcome?) {
    hasSubmitted = false
    switch item {
    case .pending(let pending):
      guard let outcome else { return }
      if case .committed(let receipts) = outcome, let last = receipts.last { releasedPosition = last.position }
      pending.settle(self, outcome)
      if let session = pending.session { appendAnswered(session, pending.weight) }
    case .effect(let effect): release(effect)
    case .reply(let reply): release(reply)
    case .slice(let source): releaseSlice(source)
    case .call(let body): body(self)
    }
  }

  // MARK: - Store

  /// Submits a transaction; its place in the order is here.
  func transact(
    _ transaction: Transaction, for session: Session? = nil,
    undo: @escaping (Core) -> Void = { _ in },
    fail: @escaping (Core, StoreError) -> Void = { _, _ in },
    settle: @escaping (Core, Outcome) -> Void = { _, _ in }
  ) {
    outputs.transactions.append(transaction)
    hasSubmitted = true
    let weight = Self.weight(transaction)
    session?.appendsInFlight += weight
    stream.push(.pending(.init(session: session, weight: weight, settle: settle, undo: undo, fail: fail)))
  }

  /// Long texts count for several: their echoes are as long.
  private static func weight(_ transaction: Transaction) -> Int {
    var weight = 1
    for case .append(let event) in transaction.changes { weight += event.text.utf8.count / 2_048 }
    return weight
  }

  /// Nothing in flight happened: take back what was assumed, newest first, then tell the senders in order.
  private func commitFailed(_ error: StoreError) {
    outputs.transactions.removeAll()
    outputs.notes.append(Note(.error, "store.failed", [("error", error.description)]))
    if error.kind == .fatal {
      outputs.fatal = error
      return
    }
    let items = stream.takeAll()
    for item in items.reversed() {
      if case .pending(let pending) = item { pending.undo(self) }
    }
    isReleasing = true
    for item in items {
      if case .pending(let pending) = item {
        hasSubmitted = false
        pending.fail(self, error)
        if let session = pending.session { appendAnswered(session, pending.weight) }
      } else {
        carryOut(item, nil)
      }
    }
    isReleasing = false
    releaseStream()
  }

  /// Asks the store; the answer comes when it comes, so the asking session must be parked.
  /// - Parameter session: whose question it is; nil: the server's own, which waits for nobody.
  func ask(_ query: StoreQuery, for session: Session? = nil, _ then: @escaping (QueryResult) -> Void) {
    let job = takeJob()
    jobs[job] = then
    if let payer = session.flatMap({ payer(of: $0) }), !questions.ask(job, query, for: payer) { return }
    outputs.queries.append((job, query))
  }

  private func answered(_ job: JobID, _ result: QueryResult) {
    if let (payer, next) = questions.answered(job) {
      work.charge(payer, WorkCost.answer(result), at: instant)
      if let next { outputs.queries.append(next) }
    }
    jobs.removeValue(forKey: job)?(result)
  }

  func takeUserNumber() -> UInt64 {
    lastUser += 1
    return lastUser
  }

  func takeJob() -> JobID {
    defer { nextJob += 1 }
    return JobID(nextJob)
  }

  /// How far deliveries have gone is recorded with the next transaction, or alone when none comes for a second.
  func recordRelease() {
    guard releasedPosition > recordedRelease, outputs.transactions.isEmpty, stream.isEmpty else { return }
    recordedRelease = releasedPosition
    transact(Transaction(.released(releasedPosition)))
  }

  private func finish() {
    hasFinished = true
    recordedRelease = releasedPosition
    // Without it a replay starts earlier than it has to: no reason to go on for ever when the disk is full.
    transact(
      Transaction(.released(releasedPosition)),
      fail: { core, _ in core.outputs.isFinished = true },
      settle: { core, _ in core.outputs.isFinished = true })
  }

  // MARK: - Randomness

  func randomBytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      let word = random.next()
      for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  /// A short name for a batch or for an event that is not stored.
  func randomName() -> String { String(random.next(), radix: 36) }
}
