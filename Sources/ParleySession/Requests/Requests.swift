import IRC

/// What a line is for a request.
struct Reading {
  /// Nothing else needs to see the line.
  var isHidden: Bool
  /// The request is finished.
  var outcome: Outcome?

  /// Not about the request, or not the end of it.
  static let foreign = Reading(isHidden: false)
  /// A part of the answer.
  static let part = Reading(isHidden: true)

  /// The end. `isHidden` false: the line also means something for everybody.
  static func finished(_ outcome: Outcome, isHidden: Bool = false) -> Reading {
    Reading(isHidden: isHidden, outcome: outcome)
  }
}

/// A question to the server and what has come of its answer. One type for each kind of command, in `Commands/`.
protocol Asking {
  /// The command on the wire, which errors name.
  var command: String { get }
  /// Folded names of rooms and people that an error may be about.
  var names: [String] { get }
  /// It is sent as a batch, which errors name in the command's place.
  var isBatch: Bool { get }

  /// - Parameters:
  ///   - line: one line of the server.
  ///   - isCertain: the line is an answer by its label; else it is one only if it says so.
  /// - Returns: nil: the line is not about this.
  mutating func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading?

  /// Nothing more will come: the labelled answer, or the PONG behind the command. nil: it may still.
  mutating func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome?

  /// The connection ended before the answer.
  var lost: Outcome { get }
  /// The answer did not come in time.
  var timedOut: Outcome { get }
}

extension Asking {
  var isBatch: Bool { false }
  var names: [String] { [] }
  var lost: Outcome { .lost }
  var timedOut: Outcome { .timedOut }
}

/// A command that waits for its answer.
struct Request {
  let id: UInt64
  /// nil: of the session's own.
  let tag: UInt64?
  var asking: any Asking
  /// The `label` tag it was sent with.
  var label: String?
  /// The PING that was sent behind it.
  var barrier: String?
  /// nil: a person is asked for something.
  var deadline: Timestamp?
  /// When it was sent.
  var since: Timestamp
  /// How long its lines are.
  var bytes = 0

  var command: String { asking.command }
}

/// All commands that wait, in the order in which they were sent.
struct Requests {
  /// How long an answer, or the next line of it, may take.
  static let patience: Int64 = 30_000
  static let maximum = 4_096
  private static let maximumLate = 64

  private var list: [Request] = []
  private var lastNumber: UInt64 = 0
  /// Folded targets of history that was given up: its answers may still come.
  private var late: [String] = []

  var isFull: Bool { list.count >= Self.maximum }

  /// The earliest time at which one is given up.
  var deadline: Timestamp? { list.lazy.compactMap(\.deadline).min() }

  var count: Int { list.count }

  /// The length of the lines that wait for their answers.
  var bytes: Int { list.reduce(0) { $0 + $1.bytes } }

  /// Since when the oldest command waits that the server has to answer; nil: none does.
  var waitingSince: Timestamp? { list.lazy.filter { $0.deadline != nil }.map(\.since).min() }

  func contains(where test: (Request) -> Bool) -> Bool { list.contains(where: test) }

  func first(where test: (Request) -> Bool) -> Request? { list.first(where: test) }

  mutating func nextNumber() -> UInt64 {
    lastNumber &+= 1
    return lastNumber
  }

  /// A word that this session has not used before: for labels, and for PINGs whose PONG must be known again.
  mutating func nextName() -> String { "p\(nextNumber())" }

  mutating func append(_ request: Request) { list.append(request) }

  mutating func remove(_ id: UInt64) -> Request? {
    list.firstIndex { $0.id == id }.map { list.remove(at: $0) }
  }

  mutating func takeAll() -> [Request] {
    let all = list
    list = []
    return all
  }

  mutating func takeOverdue(at now: Timestamp) -> [Request] {
    guard let deadline, deadline <= now else { return [] }
    let overdue = list.filter { $0.deadline.map { $0 <= now } ?? false }
    list.removeAll { $0.deadline.map { $0 <= now } ?? false }
    for request in overdue where request.label == nil {
      guard let history = request.asking as? any HistoryAsking else { continue }
      if late.count >= Self.maximumLate { late.removeFirst() }
      late.append(history.folded)
    }
    return overdue
  }

  /// The server has said that it has nothing beyond this answer.
  mutating func isLastPage(of id: UInt64) {
    guard let place = list.firstIndex(where: { $0.id == id }), var asking = list[place].asking as? any HistoryAsking
    else { return }
    asking.isLastPage = true
    list[place].asking = asking
  }

  /// More of the answer has come: there is time for the rest.
  mutating func refresh(_ id: UInt64, at now: Timestamp) {
    guard let place = list.firstIndex(where: { $0.id == id }), list[place].deadline != nil else { return }
    list[place].deadline = now.adding(milliseconds: Self.patience)
  }

  /// One is answered: those behind it have their time from now on, since slow servers take one command after another.
  mutating func answered(_ id: UInt64, at now: Timestamp) {
    for place in list.indices where list[place].id > id && list[place].deadline != nil {
      list[place].deadline = now.adding(milliseconds: Self.patience)
    }
  }

  mutating func replace(_ id: UInt64, label: String?, deadline: Timestamp?) {
    guard let place = list.firstIndex(where: { $0.id == id }) else { return }
    list[place].label = label
    list[place].deadline = deadline
  }

  // MARK: Whose answer

  func id(ofLabel label: String) -> UInt64? { list.first { $0.label == label }?.id }

  func id(ofBarrier token: String) -> UInt64? { list.first { $0.barrier == token }?.id }

  /// The history request that a batch without a label answers: the oldest for this target.
  func historyRequest(type: String, target: String, _ session: ClientSession) -> UInt64? {
    list.first { request in
      guard request.label == nil, let history = request.asking as? any HistoryAsking else { return false }
      return history.batchType == type && (history.folded == target || type == "draft/chathistory-targets")
    }?.id
  }

  func historyChat(of id: UInt64) -> String? {
    guard let request = list.first(where: { $0.id == id }) else { return nil }
    return (request.asking as? any HistoryAsking)?.chat
  }

  /// Whether this is the answer to history that was given up.
  mutating func takeLateHistory(_ target: String) -> Bool {
    guard let place = late.firstIndex(of: target) else { return false }
    late.remove(at: place)
    return true
  }

  mutating func read(_ line: Incoming, id: UInt64, isCertain: Bool, _ session: ClientSession) -> Reading {
    guard let place = list.firstIndex(where: { $0.id == id }) else { return .foreign }
    if let reading = list[place].asking.read(line, session, isCertain: isCertain) { return reading }
    if let refusal = Refusal(line), isCertain || refusal.concerns(list[place].asking, session) {
      return .finished(.refused(code: refusal.code, reason: refusal.reason), isHidden: true)
    }
    return .foreign
  }

  /// The oldest request that a line without a label answers. Those with labels get answers with labels; only what changes our
  /// own state is believed without, since some servers do it later.
  mutating func match(_ line: Incoming, _ session: ClientSession) -> (UInt64, Reading)? {
    for place in list.indices {
      if list[place].label != nil, !line.isFromOwnNick || ClientSession.isTalk(line.message) { continue }
      if let reading = list[place].asking.read(line, session, isCertain: false) { return (list[place].id, reading) }
    }
    guard let refusal = Refusal(line) else { return nil }
    for request in list where request.label == nil && refusal.concerns(request.asking, session) {
      return (request.id, .finished(.refused(code: refusal.code, reason: refusal.reason), isHidden: true))
    }
    return nil
  }

  mutating func completion(of id: UInt64, _ session: ClientSession) -> Outcome? {
    guard let place = list.firstIndex(where: { $0.id == id }) else { return nil }
    let isLabeled = list[place].label != nil
    let outcome = list[place].asking.completed(session, isLabeled: isLabeled)
    // Its label, or its PONG, will not come again; what it waits for comes without.
    if outcome == nil { list[place].label = nil }
    return outcome
  }
}
