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
        contextLimit: showsReactions(call.session) ? Reactions.limit : 0)
      query.reader = call.user.identity
      query.after = call.historyStart(of: conversation) ?? .max
      call.core.ask(.history(query), for: call.session) { result in answer(result, conversation, subcommand, name, call)
      }
    }
  }

  private static func showsReactions(_ session: Session) -> Bool {
    session.has(.draftEventPlayback) && session.has(.messageTags) && session.has(.batch)
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

  private static func answer(
    _ result: QueryResult, _ conversation: Conversation, _ subcommand: String, _ name: String, _ call: UserCall
  ) {
    guard !call.session.isClosed else { return }
    guard call.historyStart(of: conversation) != nil else {
      refuse(subcommand, name, call)
      return call.end()
    }
    guard case .page(let page) = result else {
      call.reply.fail("CHATHISTORY", "MESSAGE_ERROR", [subcommand, name], "Messages could not be retrieved")
      return call.end()
    }
    // Other clients get an empty batch, as of a place behind which there is nothing.
    if !page.isPointKnown, call.session.has(.parleySeq) {
      call.reply.fail("CHATHISTORY", "UNKNOWN_MSGID", [subcommand, name], "This conversation has no such message")
      return call.end()
    }
    let batch = openBatch("chathistory", [name], isLast: !page.hasMore, call)
    var rest = page.events[...]
    let slice = call.configuration.sliceLines
    call.core.sendLong(call.reply) { reply in
      // A room's messages come under the name it has now; whoever was put out of it meanwhile gets no more of them.
      let target = Names.isChannel(name) ? name : nil
      let start = call.historyStart(of: conversation) ?? .max
      for event in rest.prefix(slice) where event.receipt.position > start {
        reply.send(HistoryLine.delivery(event, to: target), inBatch: batch)
        for reaction in Reactions.standing(event.context) {
          reply.send(HistoryLine.delivery(reaction, to: target), inBatch: batch, mark: "draft/chathistory-context")
        }
      }
      rest = rest.dropFirst(slice)
      if rest.isEmpty { closeBatch(batch, call) }
      return !rest.isEmpty
    }
  }

  /// - Parameter isLast: nothing more lies in the direction that was asked for.
  private static func openBatch(
    _ type: String, _ parameters: [String], isLast: Bool, _ call: UserCall
  ) -> String? {
    guard call.session.has(.batch) else { return nil }
    let name = call.core.randomName()
    let tags = isLast && call.session.has(.messageTags) ? [Tag("draft/chathistory-end")] : []
    call.reply.send(
      Message(
        tags: tags, source: call.configuration.serverName, command: "BATCH",
        parameters: ["+" + name, type] + parameters))
    return name
  }

  private static func closeBatch(_ name: String?, _ call: UserCall) {
    guard let name else { return }
    call.reply.send(Message(source: call.configuration.serverName, command: "BATCH", parameters: ["-" + name]))
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
      guard case .summaries(let summaries) = result else {
        call.reply.fail("CHATHISTORY", "MESSAGE_ERROR", ["TARGETS"], "Targets could not be retrieved")
        return call.end()
      }
      let readable = summaries.filter { $0.position > call.historyStart(of: $0.conversation) ?? .max }
      let batch = openBatch("draft/chathistory-targets", [], isLast: readable.count <= limit, call)
      for summary in readable.prefix(limit) {
        guard let name = name(of: summary, rooms: rooms, call) else { continue }
        call.reply.send(
          Message(
            source: call.configuration.serverName, command: "CHATHISTORY",
            parameters: ["TARGETS", name, summary.last.iso8601]), inBatch: batch)
      }
      closeBatch(batch, call)
      call.end()
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
    case .direct(let one, let other):
      let peer = one == call.user.identity ? other : one
      if let id = peer.account, let account = call.core.accounts[id] { return account.user?.nick ?? account.name }
      return summary.peerNick.isEmpty ? nil : summary.peerNick
    }
  }
}
