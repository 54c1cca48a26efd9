public import IRC
public import ParleyCache
import ParleySession
public import SQLite

/// Everything an engine decides: identities, chats, outbox, catching up. It owns the cache and the sessions, knows no sockets,
/// clocks or threads of its own, and is used by one thread.
///
/// Each call is a turn: it handles what has come, commits, and only then lets events and bytes out. So nothing is told or sent
/// that is not on disk.
public final class EngineCore {
  struct Settings {
    var clientName: String
    var catchUpLimit: Int
  }

  let cache: Cache
  let directory: DirectoryBox
  var settings: Settings
  /// By the clock that nobody sets: what is waited for is measured by it.
  var now: Timestamp
  /// The time of day, for people to read. It may be set.
  private(set) var wallClock: Timestamp
  private var generator: any RandomNumberGenerator
  private let log: (Int32, String) -> Void

  var identities: [Int64: Identity] = [:]
  var conversations: [Int64: Conversation] = [:]
  var questions: [Int64: (identity: Int64, purpose: Question)] = [:]
  /// Requests of sends: how many of their messages are open.
  var sends: [Int64: Int] = [:]
  /// Who types until when.
  var typists: [TypistKey: Timestamp] = [:]
  /// Rooms whose members are to be written, or were a moment ago.
  var staleMembers: [Int64: StaleMembers] = [:]
  var wantsRawLines = false
  /// Events that the host has not dispatched at the beginning of a turn. History that brings more of them waits when they are many.
  public var waitingEvents = 0
  public var mostWaitingEvents = 2_000
  /// Chats whose next page of history is asked for when the host has dispatched.
  var chatsWaitingForHost: Set<Int64> = []
  private var nextTag: UInt64 = 0

  private var events: [EngineEvent] = []
  private var effects: [NetworkEffect] = []
  private var dirtyChats: Set<Int64> = []
  private var dirtyIdentities: Set<Int64> = []
  private var afterCommit: [(inout Directory) -> Void] = []
  private var requestsOfTurn: Set<Int64> = []
  private var isWriting = false

  enum Question {
    case password, newPassword, serverPassword
    case certificate(fingerprint: String)
    /// The same, when a password for a new account would be sent over the connection there is.
    case certificateBefore(account: String, fingerprint: String)
  }

  struct TypistKey: Hashable {
    var chat: Int64
    var nick: String
  }

  /// What a turn lets out.
  public struct TurnResult {
    public var events: [EngineEvent]
    public var effects: [NetworkEffect]
  }

  public init(
    cache: Cache, directory: DirectoryBox, clientName: String, random: any RandomNumberGenerator, now: EngineTime,
    catchUpLimit: Int = 0, log: @escaping (Int32, String) -> Void = { _, _ in }
  ) throws(SQLiteError) {
    self.cache = cache
    self.directory = directory
    generator = random
    self.now = now.monotonic
    wallClock = now.wall
    self.log = log
    settings = Settings(clientName: clientName, catchUpLimit: catchUpLimit)
    try load()
  }

  // MARK: - Turns

  /// Handles what `body` does as one turn.
  public func turn(now: EngineTime, _ body: (EngineCore) throws(SQLiteError) -> Void) -> TurnResult {
    self.now = max(now.monotonic, self.now)
    wallClock = now.wall
    for identity in identities.values { identity.session?.wallOffset = wallOffset }
    do {
      try body(self)
      if isWriting {
        try refreshChats()
        try cache.commit()
        isWriting = false
      }
      publish()
    } catch {
      recover(from: error)
    }
    defer { (events, effects) = ([], []) }
    directory.withLock { $0.addTags(to: &events) }
    return TurnResult(events: events, effects: effects)
  }

  /// The cache, in a transaction that ends with the turn.
  func writing() throws(SQLiteError) -> Cache {
    if !isWriting {
      try cache.begin()
      isWriting = true
    }
    return cache
  }

  /// Chats whose counts may have changed are read again while the transaction still sees them.
  private func refreshChats() throws(SQLiteError) {
    for id in dirtyChats.sorted() {
      guard conversations[id] != nil, let row = try cache.chat(id) else { continue }
      conversations[id]?.row = row
    }
  }

  private func publish() {
    directory.withLock { directory in
      for id in dirtyIdentities { if let identity = identities[id] { directory.identities[id] = identity.state } }
      for id in dirtyChats {
        if let conversation = conversations[id] {
          directory.insert(
            ChatState(row: conversation.row, isJoined: isReachable(conversation), isCurrent: conversation.isLive))
        }
      }
      for change in afterCommit { change(&directory) }
    }
    dirtyChats = []
    dirtyIdentities = []
    afterCommit = []
    requestsOfTurn = []
  }

  /// The disk would not have it. Nothing of the turn happened: requests fail, connections end (what they brought comes again), and
  /// everything is read from disk anew.
  private func recover(from error: SQLiteError) {
    log(1, "store failed code=\(error.code)")
    cache.rollBack()
    isWriting = false
    // A full disk may have room again. After a failed sync nobody knows what is there: the folder has to be opened anew.
    let isUsable = isCacheUsable()
    // What began in this turn, ended in it, or waits for a connection that ends. Sends of earlier turns are still queued.
    var requests = requestsOfTurn
    let undone = events.filter { $0.kind == .done }.map(\.request)
    requests.formUnion(undone)
    (events, effects, afterCommit, requestsOfTurn) = ([], [], [], [])
    (dirtyChats, dirtyIdentities) = ([], [])
    for identity in identities.values {
      requests.formUnion(identity.waiting.values.compactMap(\.request))
      identity.waiting = [:]
      if let connection = identity.connection { effects.append(.close(connection)) }
      identity.forgetConnection()
      if !identity.isWanted {
        if identity.state.state != .stopped { identity.state.state = .offline }
      } else if isUsable {
        scheduleRetry(identity, result: .store, reason: "the disk: \(error.message)")
      } else {
        stop(identity, .store, reason: "the disk: \(error.message)")
      }
    }
    for id in conversations.keys.sorted() {
      if conversations[id]?.isJoined == true { changed(chat: id) }
      conversations[id]?.sync = .away
      conversations[id]?.isJoined = false
      conversations[id]?.isJoining = false
      conversations[id]?.joinsAgain = false
    }
    try? reload()
    // Removed in this turn, and there again.
    directory.withLock { directory in
      for conversation in conversations.values where directory.chats[conversation.row.id] == nil {
        directory.insert(ChatState(row: conversation.row))
      }
    }
    // Of the others the host has been told already what became of them.
    let known = Set(sends.keys).union(undone)
    sends = [:]
    for identity in identities.values {
      changed(identity)
      for row in identity.outbox.all where known.contains(row.request) { sends[row.request, default: 0] += 1 }
    }
    for request in requests.sorted() where sends[request] == nil { finish(request, .store) }
    for id in Array(conversations.keys) { conversations[id]?.joinRequests.removeAll { requests.contains($0) } }
    publish()
  }

  private func isCacheUsable() -> Bool {
    do throws(SQLiteError) {
      try cache.begin()
      cache.rollBack()
      return true
    } catch {
      return false
    }
  }

  /// The earliest time at which `advance()` has something to do, by the monotonic clock.
  public var deadline: Timestamp? {
    var earliest: Timestamp?
    func consider(_ time: Timestamp?) {
      if let time { earliest = min(earliest ?? time, time) }
    }
    for identity in identities.values {
      consider(identity.retryAt)
      consider(identity.sendAgainAt)
      consider(identity.catchUpAgainAt)
      consider(identity.hasLeftAt)
      for entry in identity.refusedJoins.values { consider(entry.at) }
      consider(identity.session?.deadline)
    }
    for time in typists.values { consider(time) }
    for stale in staleMembers.values where stale.isStale { consider(stale.due) }
    if waitsForHost, waitingEvents <= mostWaitingEvents { consider(now) }
    return earliest
  }

  /// Milliseconds between `now` and the time of day.
  var wallOffset: Int64 { wallClock.milliseconds.subtractingReportingOverflow(now.milliseconds).partialValue }

  /// Does what is due.
  public func advance() throws(SQLiteError) {
    for identity in identities.values {
      if let time = identity.retryAt, time <= now { try open(identity) }
      if let session = identity.session, let time = session.deadline, time <= now {
        session.advance(to: now)
        try follow(identity)
      }
      if let time = identity.sendAgainAt, time <= now {
        identity.sendAgainAt = nil
        try follow(identity)
      }
      if let time = identity.catchUpAgainAt, time <= now, let session = identity.session {
        identity.catchUpAgainAt = nil
        askForTargets(session, identity)
        try follow(identity)
      }
      if identity.refusedJoins.values.contains(where: { $0.at <= now }) {
        try joinRefusedRooms(identity, dueOnly: true)
        try follow(identity)
      }
      if let time = identity.hasLeftAt, time <= now {
        identity.hasLeftAt = nil
        try hasLeft(identity)
      }
    }
    for (key, time) in typists where time <= now {
      typists[key] = nil
      tellTyping(key, .done)
    }
    for chat in staleMembers.keys.sorted() { try writeMembers(chat) }
    try goOnCatchingUp()
  }

  // MARK: - What goes out

  func emit(_ event: EngineEvent) { events.append(event) }

  /// The host has to dispatch before it is given more than it is given anyway.
  var isHostBehind: Bool { waitingEvents + events.count > mostWaitingEvents }

  public var waitsForHost: Bool { !chatsWaitingForHost.isEmpty }

  func emit(_ kind: EngineEvent.Kind, chat: Int64 = 0, message: Int64 = 0) {
    var event = EngineEvent(kind)
    event.chat = chat
    event.message = message
    event.identity = conversations[chat]?.row.identity ?? 0
    events.append(event)
  }

  func effect(_ effect: NetworkEffect) { effects.append(effect) }

  /// An identity's state has changed: told once a turn.
  func changed(_ identity: Identity) {
    guard dirtyIdentities.insert(identity.id).inserted else { return }
    var event = EngineEvent(.identity)
    event.identity = identity.id
    events.append(event)
  }

  /// The chat's row, or whether it is joined, has changed: told once a turn.
  func changed(chat: Int64) {
    if dirtyChats.insert(chat).inserted { emit(.chat, chat: chat) }
  }

  func then(_ change: @escaping (inout Directory) -> Void) { afterCommit.append(change) }

  func began(_ request: Int64) { requestsOfTurn.insert(request) }

  /// Finishes a request. Requests of the engine itself have the number 0.
  func finish(
    _ request: Int64, _ error: EngineError? = nil, identity: Int64 = 0, chat: Int64 = 0, message: Int64 = 0,
    code: String? = nil, reason: String? = nil
  ) {
    guard request != 0 else { return }
    var event = EngineEvent(.done)
    event.request = request
    event.result = error?.code ?? 0
    event.identity = identity != 0 ? identity : conversations[chat]?.row.identity ?? 0
    event.chat = chat
    event.message = message
    event.code = code
    event.text = reason
    events.append(event)
    requestsOfTurn.remove(request)
  }

  func nextRequest() -> Int64 { directory.withLock { $0.nextRequest() } }

  func tag(_ waiting: Waiting, _ identity: Identity) -> UInt64 {
    nextTag += 1
    identity.waiting[nextTag] = waiting
    return nextTag
  }

  func note(_ level: Int32, _ line: String) { log(level, line) }

  // MARK: - Chance

  func randomBytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } }

  func random(in range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &generator) }
}

/// The directory behind its lock.
public final class DirectoryBox: Sendable {
  private let directory: Locked<Directory>

  public init(highestIdentity: Int64, highestChat: Int64) {
    directory = Locked(Directory(highestIdentity: highestIdentity, highestChat: highestChat))
  }

  func withLock<R: Sendable, E: Error>(_ body: (inout Directory) throws(E) -> R) throws(E) -> R {
    try directory.withLock(body)
  }
}

/// What tests do with a directory in an engine's place.
extension DirectoryBox {
  package func addIdentity(link: String, nick: String) -> Int64 {
    guard let parsed = Link(link) else { return 0 }
    return withLock { $0.addIdentity(parsed, text: link, nick: nick).state.id }
  }

  package func openChat(_ name: String, identity: Int64) -> Int64 {
    withLock {
      $0.openChat(named: name, kind: Engine.looksLikeRoom(name) ? .room : .person, identity: identity).state.row.id
    }
  }

  package func identity(_ id: Int64) -> IdentityState? { withLock { $0.identities[id] } }

  package func chat(named name: String, identity: Int64) -> Int64? {
    withLock { $0.chat(named: name, identity: identity) }
  }

  package func chatState(_ id: Int64) -> ChatState? { withLock { $0.chats[id] } }
}
