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
    return conversation(subcommand, call) { conversation, name in
      var query = HistoryQuery(conversation: conversation, range: range, limit: bounded)
      query.after = call.core.historyStart(of: conversation, for: call.user) ?? .max
      call.core.ask(.history(query)) { result in answer(result, of: conversation, subcommand, name, call) }
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

  /// Finds the conversation and asks; false when the session is parked for the answer, true when it was refused.
  private static func conversation(
    _ subcommand: String, _ call: UserCall, then ask: @escaping (Conversation, String) -> Void
  ) -> Bool {
    let core = call.core
    let target = call.parameters[1]
    if Names.isChannel(target) {
      guard let room = core.rooms[FoldedName(target)], room.contains(call.user) else {
        return refuse(subcommand, target, call)
      }
      core.park(call.session)
      ask(room.conversation, room.name)
      return false
    }
    if let other = core.users[FoldedName(target)] {
      core.park(call.session)
      ask(Conversation(call.user.identity, other.identity), target)
      return false
    }
    if let account = core.accounts[target] {
      core.park(call.session)
      ask(Conversation(call.user.identity, account.identity), target)
      return false
    }
    guard Names.isValidNick(target, maximumLength: 255) else { return refuse(subcommand, target, call) }
    // A guest who has left: what it said is found under the nick it had.
    core.park(call.session)
    core.ask(.conversation(call.user.identity, nick: target)) { result in
      guard !call.session.isClosed else { return }
      if case .conversation(let found?) = result { return ask(found, target) }
      _ = refuse(subcommand, target, call)
      end(call)
    }
    return false
  }

  private static func refuse(_ subcommand: String, _ target: String, _ call: UserCall) -> Bool {
    call.reply.fail(
      "CHATHISTORY", "INVALID_TARGET", [subcommand, target.isEmpty ? "*" : target], "Messages could not be retrieved")
    return true
  }

  // MARK: - Answers

  private static func end(_ call: UserCall) {
    call.core.finish(call.reply)
    call.core.conclude(call.session)
  }

  private static func answer(
    _ result: QueryResult, of conversation: Conversation, _ subcommand: String, _ name: String, _ call: UserCall
  ) {
    guard !call.session.isClosed else { return }
    guard case .events(let events) = call.core.readable(result, of: conversation, for: call.user) else {
      call.reply.fail("CHATHISTORY", "MESSAGE_ERROR", [subcommand, name], "Messages could not be retrieved")
      return end(call)
    }
    let batch = openBatch("chathistory", [name], call)
    var rest = events[...]
    let slice = call.configuration.sliceLines
    call.core.sendLong(call.reply) { [unowned core = call.core] reply in
      if core.historyStart(of: conversation, for: call.user) == nil { rest = [] }
      for event in rest.prefix(slice) where event.kind != .tagMessage {
        // A room's messages come under the name it has now.
        reply.send(HistoryLine.delivery(event, to: Names.isChannel(name) ? name : nil), inBatch: batch)
      }
      rest = rest.dropFirst(slice)
      if rest.isEmpty { closeBatch(batch, call) }
      return !rest.isEmpty
    }
  }

  private static func openBatch(_ type: String, _ parameters: [String], _ call: UserCall) -> String? {
    guard call.session.has(.batch) else { return nil }
    let name = call.core.randomName()
    call.reply.send(
      Message(source: call.configuration.serverName, command: "BATCH", parameters: ["+" + name, type] + parameters))
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
    // Those that may turn out not to be the asker's to know are asked for in addition.
    let surplus = rooms.count { $0.has("J") }
    call.core.ask(
      .summaries(call.user.identity, rooms: rooms.map(\.id), after: after, before: before, limit: limit + surplus)
    ) { result in
      guard !call.session.isClosed else { return }
      guard case .summaries(let summaries) = result else {
        call.reply.fail("CHATHISTORY", "MESSAGE_ERROR", ["TARGETS"], "Targets could not be retrieved")
        return end(call)
      }
      let batch = openBatch("draft/chathistory-targets", [], call)
      let readable = summaries.filter { summary in
        let start = call.core.historyStart(of: summary.conversation, for: call.user)
        return start.map { summary.position > $0 } ?? false
      }
      for summary in readable.prefix(limit) {
        guard let name = name(of: summary, rooms: rooms, call) else { continue }
        call.reply.send(
          Message(
            source: call.configuration.serverName, command: "CHATHISTORY",
            parameters: ["TARGETS", name, summary.last.iso8601]), inBatch: batch)
      }
      closeBatch(batch, call)
      end(call)
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
    case .room(let id): return rooms.first { $0.id == id }?.name
    case .direct(let one, let other):
      let peer = one == call.user.identity ? other : one
      if let id = peer.account, let account = call.core.accounts[id] { return account.user?.nick ?? account.name }
      return summary.peerNick.isEmpty ? nil : summary.peerNick
    }
  }
}
