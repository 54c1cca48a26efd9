import IRC
import ParleyStore

/// CHATHISTORY (draft/chathistory): BEFORE, AFTER, LATEST, AROUND, BETWEEN, TARGETS.
///
/// Who is in a room may read all that it keeps; a private conversation only its two sides. Checked when asked.
enum ChatHistoryCommand {
  static let command = Command(name: "CHATHISTORY", minimumParameters: 0, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let subcommand = (call.parameters.first ?? "").uppercased()
    let expected: Int
    switch subcommand {
    case "BEFORE", "AFTER", "LATEST", "AROUND", "TARGETS": expected = 4
    case "BETWEEN": expected = 5
    default:
      call.reply.fail("CHATHISTORY", "INVALID_PARAMS", [subcommand.isEmpty ? "*" : subcommand], "Unknown subcommand")
      return true
    }
    guard call.parameters.count == expected else {
      let words = call.parameters.count < expected ? "Insufficient parameters" : "Too many parameters"
      call.reply.fail("CHATHISTORY", "INVALID_PARAMS", [subcommand], words)
      return true
    }
    guard let limit = Int(call.parameters[expected - 1]), limit > 0 else {
      call.reply.fail("CHATHISTORY", "INVALID_PARAMS", [subcommand, call.parameters[expected - 1]], "Invalid limit")
      return true
    }
    let bounded = min(limit, call.configuration.historyLimit)
    if subcommand == "TARGETS" { return targets(call, limit: bounded) }
    guard let range = range(subcommand, call) else { return true }
    let target = call.parameters[1]
    return call.withConversation(target, refuse: { refuse(subcommand, target, call) }) { conversation, name in
      var query = HistoryQuery(
        conversation: conversation, range: range, limit: bounded, kinds: HistoryLine.kinds(for: call.session),
        contextLimit: HistoryAnswer.showsReactions(call.session) ? Reactions.limit : 0)
      query.reader = call.user.identity
      query.after = call.historyStart(of: conversation) ?? .max
      HistoryAnswer(call, conversation, name, refuse: { refuse(subcommand, name, call) }) {
        call.reply.fail("CHATHISTORY", "MESSAGE_ERROR", [subcommand, name], "Messages could not be retrieved")
      } unknownPoint: {
        call.reply.fail("CHATHISTORY", "UNKNOWN_MSGID", [subcommand, name], "This conversation has no such message")
      }.begin(query)
    }
  }

  // MARK: - What is asked

  private static func range(_ subcommand: String, _ call: UserCall) -> HistoryRange? {
    if subcommand == "LATEST", call.parameters[2] == "*" { return .latest(after: nil) }
    guard let first = point(call.parameters[2], subcommand, call) else { return nil }
    switch subcommand {
    case "BEFORE": return .before(first)
    case "AFTER": return .after(first)
    case "LATEST": return .latest(after: first)
    case "AROUND": return .around(first)
    default:
      guard let second = point(call.parameters[3], subcommand, call) else { return nil }
      return .between(first, second)
    }
  }

  private static func point(_ text: String, _ subcommand: String, _ call: UserCall) -> HistoryPoint? {
    guard let mark = text.firstIndex(of: "="), mark != text.startIndex else {
      call.reply.fail("CHATHISTORY", "INVALID_PARAMS", [subcommand, text], "Expected msgid= or timestamp=")
      return nil
    }
    let value = String(text[text.index(after: mark)...])
    switch text[..<mark] {
    case "msgid": return .messageID(value)
    case "timestamp":
      guard let time = Timestamp(iso8601: value) else {
        call.reply.fail("CHATHISTORY", "INVALID_PARAMS", [subcommand, text], "Invalid timestamp")
        return nil
      }
      return .time(time)
    case "parley.chat/seq":
      guard let number = Int64(value), number >= 0 else {
        call.reply.fail("CHATHISTORY", "INVALID_PARAMS", [subcommand, text], "Invalid sequence number")
        return nil
      }
      return .sequence(number)
    default:
      call.reply.fail(
        "CHATHISTORY", "INVALID_MSGREFTYPE", [subcommand, call.parameters[1], text], "Unknown reference type")
      return nil
    }
  }

  // MARK: - Answers

  private static func refuse(_ subcommand: String, _ target: String, _ call: UserCall) {
    call.reply.fail(
      "CHATHISTORY", "INVALID_TARGET", [subcommand, target.isEmpty ? "*" : target], "Messages could not be retrieved")
  }

  // MARK: - TARGETS

  private static func targets(_ call: UserCall, limit: Int) -> Bool {
    guard let first = time(call.parameters[1], call), let second = time(call.parameters[2], call) else { return true }
    let (after, before) = first < second ? (first, second) : (second, first)
    let rooms = call.user.rooms
    call.core.park(call.session)
    let kinds = HistoryLine.kinds(for: call.session).subtracting(.roomEvents)
    // Those that may turn out not to be the asker's to know are asked for in addition.
    let surplus = rooms.count { $0.has("J") }
    call.core.ask(
      .summaries(
        call.user.identity, rooms: rooms.map(\.id), after: after, before: before, kinds: kinds,
        limit: limit + surplus + 1), for: call.session
    ) { result in
      guard !call.session.isClosed else { return }
      guard case .summaries(let summaries, _) = result else {
        call.reply.fail("CHATHISTORY", "MESSAGE_ERROR", ["TARGETS"], "Targets could not be retrieved")
        return call.end()
      }
      let readable = summaries.filter { $0.position > call.historyStart(of: $0.conversation) ?? .max }
      let batch = HistoryBatch.open(
        "draft/chathistory-targets", [], isLast: readable.count <= limit, call)
      var rest = readable.prefix(limit)
      call.core.sendLong(call.reply) { reply in
        while !reply.isFull, let summary = rest.popFirst() {
          guard let name = name(of: summary, rooms: rooms, call) else { continue }
          var line = Message(
            source: call.configuration.serverName, command: "CHATHISTORY",
            parameters: ["TARGETS", name, summary.last.iso8601])
          if call.session.has(.parleySeq) { line.tags.append(Tag("parley.chat/seq", "\(summary.sequence)")) }
          reply.send(line, inBatch: batch?.name)
        }
        if rest.isEmpty { batch?.close() }
        return !rest.isEmpty
      }
    }
    return false
  }

  private static func time(_ text: String, _ call: UserCall) -> Timestamp? {
    if text.hasPrefix("timestamp="), let time = Timestamp(iso8601: String(text.dropFirst("timestamp=".count))) {
      return time
    }
    call.reply.fail("CHATHISTORY", "INVALID_PARAMS", ["TARGETS", text], "Expected timestamp=")
    return nil
  }

  private static func name(of summary: ConversationSummary, rooms: [Room], _ call: UserCall) -> String? {
    switch summary.conversation {
    case .room(let id): return rooms.first { $0.id == id && $0.contains(call.user) }?.name
    case .direct: return call.core.peerName(summary, of: call.user)
    }
  }
}

extension Core {
  /// What the other of two people is called now, or was called last.
  func peerName(_ summary: ConversationSummary, of user: User) -> String? {
    guard case .direct(let one, let other) = summary.conversation else { return nil }
    let peer = one == user.identity ? other : one
    if let id = peer.account, let account = accounts[id] { return account.user?.nick ?? account.name }
    return summary.peerNick.isEmpty ? nil : summary.peerNick
  }
}
