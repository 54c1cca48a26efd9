import IRC

extension ClientSession {
  /// The most messages one request asks for, whatever the server allows.
  static let maximumHistory = 1_000

  func askHistory(_ chat: String, _ range: HistoryRange, _ limit: Int, _ tag: UInt64) {
    guard supports(.history) else { return finish(tag, .unsupported) }
    guard isTarget(chat) else { return refuseTarget(tag, chat) }
    let limit = historyLimit(limit)
    let words: [String]
    switch range {
    case .latest: words = ["LATEST", chat, "*"]
    case .latestAfter(let position): words = ["LATEST", chat, reference(notBeyondNow(position))]
    case .after(let position): words = ["AFTER", chat, exactReference(notBeyondNow(position))]
    case .before(let position): words = ["BEFORE", chat, reference(position)]
    case .between(let newer, let older): words = ["BETWEEN", chat, reference(newer), reference(older)]
    }
    ask(
      Message(command: "CHATHISTORY", parameters: words + ["\(limit)"]), tag: tag,
      MessagesAsking(
        chat: chat, folded: fold(chat), limit: limit, countsEvents: capabilities.has(.draftEventPlayback)))
  }

  func askTargets(_ after: Timestamp, _ before: Timestamp, _ limit: Int, _ tag: UInt64) {
    guard supports(.history) else { return finish(tag, .unsupported) }
    let limit = historyLimit(limit)
    ask(
      Message(
        command: "CHATHISTORY",
        parameters: ["TARGETS", "timestamp=\(after.iso8601)", "timestamp=\(before.iso8601)", "\(limit)"]), tag: tag,
      TargetsAsking(limit: limit))
  }

  /// ISUPPORT CHATHISTORY: more is not given, and would look like an end.
  private func historyLimit(_ wanted: Int) -> Int {
    min(max(1, wanted), network.support.chatHistoryLimit ?? Self.maximumHistory, Self.maximumHistory)
  }

  /// The surest name of a place that both sides know: our own counter, then msgid, then time.
  private func reference(_ position: Position) -> String {
    let types = network.support["MSGREFTYPES"].map { $0.split(separator: ",").map(String.init) }
    if position.sequence > 0, capabilities.has(.parleySeq) { return "parley.chat/seq=\(position.sequence)" }
    if !position.networkID.isEmpty, types?.contains("msgid") ?? true, isWord(position.networkID) {
      return "msgid=\(position.networkID)"
    }
    return "timestamp=\(position.time.iso8601)"
  }

  /// What follows a place in the future would be missed until then. Now is by the server's clock, if that is known.
  private func notBeyondNow(_ position: Position) -> Position {
    Position(
      networkID: position.networkID, time: min(position.time, serverClock ?? wallClock), sequence: position.sequence)
  }

  /// An id that the server may have lost: it says so, where a number would only lead to what is behind it.
  private func exactReference(_ position: Position) -> String {
    guard epoch != nil, !position.networkID.isEmpty, isWord(position.networkID) else { return reference(position) }
    return "msgid=\(position.networkID)"
  }

  private func isWord(_ text: String) -> Bool { !text.utf8.contains { $0 <= 0x20 } }
}

/// CHATHISTORY, until its batch has ended.
protocol HistoryAsking: Asking {
  var chat: String { get }
  /// The target as batches name it, folded.
  var folded: String { get }
  var batchType: String { get }
  /// The server said so (draft/chathistory-end).
  var isLastPage: Bool { get set }
}

/// Messages of one chat.
struct MessagesAsking: HistoryAsking {
  /// A server may add context, but not without end.
  private static let maximumBytes = 16 * 1_024 * 1_024

  let command = "CHATHISTORY"
  let batchType = "chathistory"
  let chat: String
  let folded: String
  let limit: Int
  /// What happened counts as well as what was said (draft/event-playback).
  let countsEvents: Bool
  var names: [String] { [folded] }
  var isLastPage = false
  private var messages: [ReceivedMessage] = []
  private var changes: [SessionEvent] = []
  private var count = 0
  private var bytes = 0

  init(chat: String, folded: String, limit: Int, countsEvents: Bool) {
    self.chat = chat
    self.folded = folded
    self.limit = limit
    self.countsEvents = countsEvents
  }

  mutating func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard isCertain, line.isHistoric else { return nil }
    switch line.message.command {
    case "PRIVMSG", "NOTICE": take(line, session)
    case "REDACT":
      // What was said and taken back on one page was never said.
      messages.removeAll { $0.position.networkID == line.parameter(1) && !line.parameter(1).isEmpty }
      takeChange(line, session.changes(line))
    case "TAGMSG", "EDIT": takeChange(line, session.changes(line))
    default: takeChange(line, session.happening(line, in: chat).map { [.room($0)] } ?? [])
    }
    return .part
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? {
    // A page may be shorter than asked for: servers count joins and the like, which they leave out of the answer, or
    // give no more than so many bytes at once. Without the server's word only an empty page is the end.
    .history(messages, changes: changes, isComplete: isLastPage || count == 0)
  }

  /// So that the next page goes on behind it.
  private func hidden(_ line: Incoming) -> ReceivedMessage {
    ReceivedMessage(
      chat: chat, nick: "", account: nil, kind: .notice, text: "", position: line.position, replyTo: "", isOwn: false,
      isMention: false, isHidden: true)
  }

  /// Its place counts, and what it changes.
  private mutating func takeChange(_ line: Incoming, _ new: [SessionEvent]) {
    let isContext = isContext(line)
    if !isContext, countsEvents { count += 1 }
    guard changes.count < 4 * limit + 256, bytes < Self.maximumBytes else { return }
    bytes += line.text.utf8.count + 256
    changes += new
    let isPlaced = line.position.sequence > 0 || !line.position.networkID.isEmpty
    if !isContext, countsEvents, isPlaced { messages.append(hidden(line)) }
  }

  /// "Context messages MUST NOT be counted towards the message limit" (chathistory).
  private func isContext(_ line: Incoming) -> Bool {
    line.message.tags.contains { $0.key == "draft/chathistory-context" }
  }

  private mutating func take(_ line: Incoming, _ session: ClientSession) {
    if !isContext(line) { count += 1 }
    guard line.message.parameters.count >= 2, messages.count < 2 * limit + 16, bytes < Self.maximumBytes else { return }
    let message = session.received(line) ?? hidden(line)
    bytes += message.text.utf8.count + 256
    messages.append(message)
  }
}

/// People and rooms with whom or in which there are messages.
struct TargetsAsking: HistoryAsking {
  let command = "CHATHISTORY"
  let batchType = "draft/chathistory-targets"
  let chat = ""
  let folded = ""
  let limit: Int
  /// What FAIL calls it.
  var names: [String] { ["targets"] }
  var isLastPage = false
  private var targets: [HistoryTarget] = []
  private var count = 0

  init(limit: Int) { self.limit = limit }

  mutating func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard isCertain, line.message.command == command, line.parameter(0).uppercased() == "TARGETS" else { return nil }
    count += 1
    let name = line.parameter(1)
    if targets.count < limit, session.isTarget(name),
      let time = Timestamp(iso8601: Self.withoutType(line.parameter(2)))
    {
      targets.append(
        HistoryTarget(name: session.limited(name, Rooms.nickLimit), time: time, sequence: Self.sequence(of: line)))
    }
    return .part
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? {
    .targets(targets.sorted { $0.time < $1.time }, isComplete: isLastPage || count < limit)
  }

  private static func sequence(of line: Incoming) -> Int64 {
    line.message[tag: "parley.chat/seq"].flatMap { Int64($0) } ?? 0
  }

  private static func withoutType(_ text: String) -> String {
    text.hasPrefix("timestamp=") ? String(text.dropFirst("timestamp=".count)) : text
  }
}
