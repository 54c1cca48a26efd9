import IRC
import ParleyCache
import ParleyEngine
import SQLite

/// What an engine's host has been told, over all lives of the engine's process: it is a bot whose own notes are never lost.
/// Complains of whatever parley.h does not allow.
final class EngineLedger {
  private let actor: String
  private let stage: Stage
  private let defect: EngineDefect?

  // Over all lives.
  /// Own messages by their rows, with the sending each is.
  private var own: [Int64: Int] = [:]
  /// Of those, what nobody has said the fate of.
  private var unsettled: Set<Int64> = []
  /// The place among arrivals up to which the host has read them.
  private var lastArrival: Int64 = 0
  private var arrived: [Int64: Set<String>] = [:]
  /// The newest message of somebody else, by chat.
  private var newest: [Int64: Int64] = [:]
  /// What came as history: said before one was there, or fetched for whoever scrolled there.
  private var shown: [Int64: Set<String>] = [:]
  /// Chats of which a gap was asked for.
  private var scrolled: Set<Int64> = []

  // For one life.
  /// What was asked for and is not done, with the sending if it is one.
  private var requests: [Int64: Int?] = [:]
  private var told: Set<String> = []
  /// Changes that were asked for, with their sendings.
  private var changes: [Int64: Int] = [:]

  init(actor: String, stage: Stage, defect: EngineDefect?) {
    self.actor = actor
    self.stage = stage
    self.defect = defect
  }

  private func complain(_ words: String) { stage.log.complaints.append("\(actor) \(words)") }

  // MARK: - The host's requests

  var isWaiting: Bool { !requests.isEmpty }
  var openRequests: [Int64] { requests.keys.sorted() }

  func asked(_ request: Int64, sending: Int? = nil) {
    requests.updateValue(sending, forKey: request)
    if let sending, defect == .tellsEarly { stage.log.promises.insert(sending) }
  }

  func asked(_ request: Int64, change sending: Int) {
    asked(request)
    changes[request] = sending
  }

  func scrolled(_ chat: Int64) { scrolled.insert(chat) }

  // MARK: - Lives

  /// The process is gone. What it did not answer is unknown.
  func lifeEnded() {
    requests = [:]
    changes = [:]
    told = []
  }

  /// A new process: what has the host missed?
  func lifeBegan(_ process: EngineProcess) throws(SQLiteError) {
    for chat in process.chats.values.sorted() {
      for row in try process.rows(of: chat) where row.isOwn && row.networkID.isEmpty { recognize(row) }
    }
    _ = try readArrivals(process)
    for chat in process.chats.values.sorted() { try readHistory(chat, process) }
    try settle(process)
  }

  /// An own message that was stored when the process ended, before the host was told its number.
  private func recognize(_ row: MessageRow) {
    guard row.isSaid, own[row.id] == nil else { return }
    let sendings = stage.log.sendings
    guard let sending = sendings.lastIndex(where: { $0.text == row.text }) else { return complain("made up a message") }
    queued(row.id, sending)
  }

  private func queued(_ message: Int64, _ sending: Int) {
    if own.updateValue(sending, forKey: message) != nil { complain("queued a message twice") }
    if !stage.log.promises.insert(sending).inserted, defect == nil { complain("queued a sending twice") }
    unsettled.insert(message)
  }

  /// The server goes on from an older copy: with other numbers.
  func serverHasLost() { newest = [:] }

  // MARK: - Events

  /// What one turn told.
  func take(_ events: [EngineEvent], _ process: EngineProcess) throws(SQLiteError) {
    for event in events where event.kind == .queued {
      guard case .some(.some(let sending)) = requests[event.request] else {
        complain("queued what nobody sent")
        continue
      }
      queued(event.message, sending)
    }
    if events.contains(where: { $0.kind == .message || $0.kind == .changed || $0.kind == .done }) {
      try settle(process)
      try compareArrivals(with: events, process)
    }
    for event in events where event.kind == .history { try readHistory(event.chat, process) }
    for event in events where event.kind == .done { done(event, process) }
  }

  private func done(_ event: EngineEvent, _ process: EngineProcess) {
    guard let sending = requests.removeValue(forKey: event.request) else {
      return complain("finished \(event.request), which was not open")
    }
    if let change = changes.removeValue(forKey: event.request) {
      stage.trace.note("\(actor): \(stage.log.sendings[change].token) is done with \(event.result)")
      if event.result == 0 {
        stage.settle(change, .done)
        stage.log.done("engines' changes")
      }
    }
    guard let sending else { return }
    stage.trace.note("\(actor): \(stage.log.sendings[sending].token) is done with \(event.result)")
    switch event.result {
    case 0:
      if event.message == 0 || unsettled.contains(event.message) { complain("says a message is sent, and it is not") }
    case EngineError.store.code where !stage.log.promises.contains(sending):
      // Nothing of the turn has happened, unless the disk itself does not know.
      if process.state?.state != .stopped { stage.settle(sending, .fail) }
    case EngineError.store.code: complain("says the disk failed of a message that it holds")
    default: if unsettled.contains(event.message) { complain("says a message has failed, and it has not") }
    }
  }

  /// Looks at own messages that were pending.
  private func settle(_ process: EngineProcess) throws(SQLiteError) {
    for message in unsettled.sorted() {
      guard let sending = own[message] else { continue }
      guard let row = try process.reader.message(message) else {
        unsettled.remove(message)
        complain("has lost \(stage.log.sendings[sending].token), which was queued")
        continue
      }
      switch row.state {
      case .pending: continue
      case .sent, .removed:
        stage.settle(sending, .ok(messageID: row.networkID, time: row.time.iso8601))
        stage.log.observe(row.networkID, isLive: false)
      case .failed:
        stage.trace.note("\(actor): \(stage.log.sendings[sending].token) has failed: \(row.result) \(row.reason)")
        if row.result == 0 { complain("gives no reason for a failure") }
        stage.settle(sending, .fail)
      }
      unsettled.remove(message)
    }
  }

  // MARK: - Messages

  /// MESSAGE names everything that has arrived and is not of this engine's own outbox, once in a life.
  private func compareArrivals(with events: [EngineEvent], _ process: EngineProcess) throws(SQLiteError) {
    let arrivals = try readArrivals(process).filter { own[$0.id] == nil }
    var named: Set<Int64> = []
    for event in events where event.kind == .message {
      // A row that gave way to one of the outbox is gone.
      guard let row = try process.reader.message(event.message), row.isSaid else { continue }
      if !told.insert("\(row.chat) \(row.networkID)").inserted { complain("told of \(row.text) twice in one life") }
      named.insert(row.id)
    }
    for row in arrivals where !named.contains(row.id) { complain("did not tell of \(row.text)") }
    for id in named.sorted() where !arrivals.contains(where: { $0.id == id }) {
      complain("told of \(id), which had arrived")
    }
  }

  /// Goes on reading where it stopped.
  private func readArrivals(_ process: EngineProcess) throws(SQLiteError) -> [MessageRow] {
    var found: [MessageRow] = []
    while true {
      let page = try process.reader.arrivals(chat: 0, after: lastArrival, limit: 50)
      guard let last = page.last else { return found }
      lastArrival = last.id
      for row in page where row.isSaid {
        found.append(row)
        stage.log.observe(row.networkID, isLive: false)
        if row.networkID.isEmpty { complain("received \(row.text), which the server does not name") }
        if !arrived[row.chat, default: []].insert(row.networkID).inserted { complain("received \(row.text) twice") }
        // An own one arrives when it is acknowledged, also if history has brought it before.
        if row.isOwn { continue }
        if shown[row.chat]?.contains(row.networkID) == true { complain("received \(row.text), which was history") }
        if row.sequence <= newest[row.chat] ?? 0 {
          complain("received \(row.networkID) \(row.sequence) \(row.text) after number \(newest[row.chat] ?? 0)")
        }
        newest[row.chat] = row.sequence
      }
    }
  }

  /// Messages that did not arrive: there before one came, or asked for.
  private func readHistory(_ chat: Int64, _ process: EngineProcess) throws(SQLiteError) {
    let isAllowed = shown[chat] == nil || scrolled.contains(chat)
    for row in try process.rows(of: chat) where row.isSaid && !row.networkID.isEmpty {
      if arrived[chat]?.contains(row.networkID) == true || shown[chat]?.contains(row.networkID) == true { continue }
      if !isAllowed { complain("shows \(row.text) as history, and never told of it") }
      shown[chat, default: []].insert(row.networkID)
    }
  }

  // MARK: - What there is

  /// A chat's messages as the engine has them, when everything is quiet.
  func copy(
    of chat: Int64, _ process: EngineProcess
  ) throws(SQLiteError) -> (messages: [Seen], removed: Set<String>, lost: Set<String>) {
    var messages: [Seen] = []
    var removed: Set<String> = []
    var lost: Set<String> = []
    for row in try process.rows(of: chat) {
      if row.isGap { complain("has a gap in chat \(chat) that it does not close") }
      guard row.isSaid else { continue }
      switch row.state {
      case .sent where row.isLost:
        lost.insert(row.networkID)
        stage.log.done("losses that engines know of")
      case .sent: messages.append(row.seen)
      case .failed: break
      case .pending: complain("still has \(row.text) pending")
      case .removed:
        removed.insert(row.networkID)
        if !row.text.isEmpty { complain("keeps the words of what was taken back: \(row.text)") }
      }
      if row.state == .sent, own[row.id] == nil, arrived[chat]?.contains(row.networkID) != true,
        shown[chat]?.contains(row.networkID) != true
      {
        complain("has \(row.text) and never told of it")
      }
    }
    return (messages, removed, lost)
  }

  /// What is unread is what others said behind the marker.
  func checkCounts(_ chat: Int64, _ process: EngineProcess) throws(SQLiteError) {
    guard let summary = process.directory.chatState(chat)?.row else { return }
    let rows = try process.rows(of: chat)
    var rest = rows[...]
    if summary.marker != 0 {
      guard let marker = rows.firstIndex(where: { $0.id == summary.marker }) else {
        return complain("has a marker at a message of chat \(chat) that is not there")
      }
      rest = rows[(marker + 1)...]
    }
    let unread = rest.count { $0.isSaid && !$0.isOwn }
    if Int(summary.unread) != unread { complain("counts \(summary.unread) unread in chat \(chat), of \(unread)") }
  }
}
