import IRC
public import ParleyCache
import ParleySession
import SQLite
import Synchronization

/// An open engine. Every function may be called from any thread and returns at once.
public final class Engine: Sendable {
  public struct Options: Sendable {
    /// nil: memory only.
    public var directory: String?
    public var clientName = "Parley"
    public var queueLimit = 65_536
    /// The most messages of a chat that are fetched after an absence without being asked for; beyond, a gap is left. 0: all.
    public var catchUpLimit = 0
    /// The least important level that is logged: 1 errors, 2 notices, 3 everything.
    public var logLevel: Int32 = 2
    /// Called on any thread.
    public var logger: (@Sendable (Int32, String) -> Void)?

    public init() {}
  }

  private let directory: DirectoryBox
  private let reader: CacheReader
  private let queue: EventQueue
  private let thread: EngineThread
  private let lock: Platform.FolderLock?

  /// - Throws: `.memory`; of the folder: `.locked`, `.permission`, `.full`, `.damaged`, `.newer`, `.store`.
  public init(_ options: Options) throws(EngineError) {
    var file: String?
    var lock: Platform.FolderLock?
    if let folder = options.directory {
      guard Platform.makeFolder(folder) else { throw .permission }
      lock = try Platform.FolderLock(folder + "/lock")
      if lock == nil { throw .locked }
      file = folder + "/parley.db"
    }
    self.lock = lock
    queue = try EventQueue(limit: options.queueLimit)
    let level = options.logLevel
    let logger = options.logger
    let core: EngineCore
    do {
      let cache = try Cache(path: file, vfs: nil)
      reader = try cache.makeReader()
      directory = DirectoryBox(highestIdentity: cache.highestIdentity, highestChat: cache.highestChat)
      core = try EngineCore(
        cache: cache, directory: directory, clientName: options.clientName, random: SystemRandomNumberGenerator(),
        now: Platform.now(), catchUpLimit: options.catchUpLimit, log: { if $0 <= level { logger?($0, $1) } })
      core.mostWaitingEvents = min(2_000, max(16, options.queueLimit) / 2)
    } catch {
      logger?(1, "cannot open the folder: \(error.message)")
      throw EngineError(opening: error)
    }
    thread = try EngineThread(core: core, queue: queue)
  }

  /// Says goodbye, stops the engine's thread and waits for it. Not from the engine's own thread. Calls after it throw `.closed`.
  public func close() { thread.close() }

  // MARK: - Events

  /// Readable exactly while events wait.
  public var descriptor: Int32 { queue.descriptor }

  /// How many events wait.
  public var waitingEvents: Int { queue.count }

  /// An event that was taken comes first again.
  public func putBack(_ event: EngineEvent) { queue.putBack(event) }

  /// Takes the next event; nil: none waits.
  public func nextEvent() -> EngineEvent? { queue.next() }

  /// Events of these kinds are wanted (the bits of all subscriptions together); lines are only told when they are.
  public func wants(_ kinds: UInt64) { thread.wants(rawLines: kinds & EngineEvent.Kind.raw.rawValue != 0) }

  // MARK: - Verbs: they check, hand the command to the engine's thread, and return the request's number

  /// - Throws: `.noSuch` for what is not there, `.offline` and `.unsupported` for what cannot be done now, `.argument`, `.state`,
  ///   `.closed`.
  ///
  /// - Parameter tag: the caller's own number for the request, which its events show; 0: none.
  public func submit(_ command: Command, tag: Int64 = 0) throws(EngineError) -> Int64 {
    try checkMessage(of: command)
    let request = try directory.withLock { (directory) throws(EngineError) in
      try check(command, &directory)
      return directory.nextRequest(tag: tag)
    }
    guard thread.submit(command, request: request) else { throw .closed }
    return request
  }

  /// The identity with that server and nick, made if there is none.
  /// - Throws: `.argument` for a link that is none or a nick that cannot be one, `.closed`.
  public func addIdentity(link: String, nick: String) throws(EngineError) -> Int64 {
    guard let parsed = Link(link), Self.isNick(nick) else { throw .argument }
    let (state, isNew) = directory.withLock {
      $0.addIdentity(parsed, text: parsed.text(withFingerprint: true), nick: nick)
    }
    if isNew, !thread.submit(.addIdentity(state.id), request: 0) { throw .closed }
    return state.id
  }

  /// Finds or makes a chat.
  /// - Throws: `.noSuch` without such an identity, `.argument` for a name that cannot be one, `.closed`.
  public func chat(named name: String, identity: Int64) throws(EngineError) -> Int64 {
    guard Self.looksLikeRoom(name) ? Self.isRoomName(name) : Self.isNick(name) else { throw .argument }
    let (row, isNew) = try directory.withLock { (directory) throws(EngineError) in
      guard directory.identities[identity] != nil else { throw .noSuch }
      let kind: ChatRow.Kind = Self.looksLikeRoom(name) ? .room : .person
      let (state, isNew) = directory.openChat(named: name, kind: kind, identity: identity)
      let (id, isLeaving) = (state.row.id, directory.askToKeep(state.row.id))
      let row = ChatRow(id: id, identity: identity, kind: kind, name: name, foldedName: state.row.foldedName)
      return (row, isNew || isLeaving)
    }
    if isNew, !thread.submit(.openChat(row), request: 0) { throw .closed }
    return row.id
  }

  // MARK: - Threads of the host

  /// Names the next request of this thread; 0: not at all.
  public func setTag(_ tag: Int64) { thread.calls.setTag(tag) }

  public func takeTag() -> Int64 { thread.calls.takeTag() }

  /// Waits until the engine has handled what this thread has called, so that what is read next shows it.
  public func waitForOwnCalls() { thread.calls.waitForOwn() }

  // MARK: - What is known

  /// A value set by `setValue`; nil: none.
  public func value(_ key: String) throws(EngineError) -> String? {
    if let expected = directory.withLock({ $0.expectedValue(key) }) { return expected.value }
    return try reading { (reader) throws(SQLiteError) in try reader.value("host." + key) }
  }

  /// One identity, or all (0).
  public func identities(_ id: Int64) throws(EngineError) -> [IdentityState] {
    try directory.withLock { (directory) throws(EngineError) in
      if id == 0 { return directory.identities.values.sorted { $0.id < $1.id } }
      guard let state = directory.identities[id] else { throw .noSuch }
      return [state]
    }
  }

  /// A setting of an identity that hosts may read; nil: it is not set.
  public func identitySetting(_ id: Int64, _ key: String) throws(EngineError) -> String? {
    guard Self.isIdentityKey(key) else { throw .noSuch }
    return try identities(id).first?.settings[key]
  }

  /// All chats of an identity, or of all (0), the last active first.
  public func chats(identity: Int64) throws(EngineError) -> [ChatState] {
    try directory.withLock { (directory) throws(EngineError) in
      guard identity == 0 || directory.identities[identity] != nil else { throw .noSuch }
      return directory.chats(identity: identity)
    }
  }

  public func chat(_ id: Int64) throws(EngineError) -> ChatState {
    guard let state = directory.withLock({ $0.chats[id] }) else { throw .noSuch }
    return state
  }

  public func members(chat: Int64) throws(EngineError) -> [MemberRow] {
    _ = try self.chat(chat)
    return try reading { (reader) throws(SQLiteError) in try reader.members(chat: chat) }
  }

  /// Rows of a chat, oldest first. `.noSuch`: the chat, or the anchor in it.
  public func history(chat: Int64, anchor: Int64, before: Int, after: Int) throws(EngineError) -> [MessageRow] {
    _ = try self.chat(chat)
    let rows = try reading { (reader) throws(SQLiteError) in
      try reader.history(chat: chat, anchor: anchor, before: before, after: after)
    }
    guard let rows else { throw .noSuch }
    return rows
  }

  /// Rows in the order of their arrival, of one chat or all (0).
  public func arrivals(chat: Int64, after: Int64, limit: Int) throws(EngineError) -> [MessageRow] {
    if chat != 0 { _ = try self.chat(chat) }
    return try reading { (reader) throws(SQLiteError) in try reader.arrivals(chat: chat, after: after, limit: limit) }
  }

  public func message(_ id: Int64) throws(EngineError) -> MessageRow {
    guard let row = try reading({ (reader) throws(SQLiteError) in try reader.message(id) }) else { throw .noSuch }
    return row
  }

  /// Messages with all the words, of one chat or all (0), the newest first. `.argument`: there are no words.
  public func search(chat: Int64, query: String, before: Int64, limit: Int) throws(EngineError) -> [MessageRow] {
    if chat != 0 { _ = try self.chat(chat) }
    let rows = try reading { (reader) throws(SQLiteError) in
      try reader.search(chat: chat, query: query, before: before, limit: limit)
    }
    guard let rows else { throw .argument }
    return rows
  }

  private func reading<R>(_ body: (CacheReader) throws(SQLiteError) -> R) throws(EngineError) -> R {
    do { return try body(reader) } catch { throw .store }
  }
}

/// A chat as the host sees it.
public struct ChatState: Sendable, Equatable {
  public var row: ChatRow
  /// In the room; a person or server can be written to now.
  public var isJoined: Bool
  /// What was said while we were away is here, or a gap stands for it.
  public var isCurrent: Bool

  public init(row: ChatRow, isJoined: Bool = false, isCurrent: Bool = false) {
    self.row = row
    self.isJoined = isJoined
    self.isCurrent = isCurrent
  }
}
