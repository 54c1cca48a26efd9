import IRC
import ParleyStore

/// HISTORY: the last messages of a room or of a conversation with somebody, for people whose clients know no CHATHISTORY. Its end says
/// how to go further back.
enum HistoryCommand {
  static let command = Command(name: "HISTORY", minimumParameters: 1, handler: .user(run))

  private static let defaultCount = 50
  /// Looks at one message of a page, which may be long: all are measured before the first one is shown.
  private static let measuring = 10

  private static func run(_ call: UserCall) -> Bool {
    let target = call.parameters[0]
    var count = defaultCount
    if let given = call.parameter(1) {
      guard let number = Int(given), number > 0 else { return refuse(given, "Not a number of messages", call) }
      count = number
    }
    count = min(count, call.configuration.historyLimit)
    var range = HistoryRange.latest(after: nil)
    if let given = call.parameter(2) {
      guard let number = Int64(given), number > 0 else { return refuse(given, "Not the number of a message", call) }
      range = .before(.sequence(number))
    }
    return call.withConversation(target, refuse: { refuse(target, call) }) { conversation, name in
      var query = HistoryQuery(conversation: conversation, range: range, limit: count, kinds: .messages)
      query.reader = call.user.identity
      query.after = call.historyStart(of: conversation) ?? .max
      var earlier: Int64?
      HistoryAnswer(call, conversation, name, refuse: { refuse(name, call) }) {
        call.reply.fail("HISTORY", "MESSAGE_ERROR", [name], "Messages could not be retrieved")
      }.begin(
        // Whoever was told of so many messages gets them however long they are: slices bound what they take.
        query, byteLimit: .max,
        before: { page, reply in
          let rest = page.rest.map { $0.sequences.upperBound - $0.sequences.lowerBound + 1 } ?? 0
          call.core.charge(call.session, measuring * min(count, page.events.count + Int(rest)))
          earlier = page.hasMore ? page.events.first?.receipt.sequence : nil
          notice("History of \(name): \(title(page, range))", reply, call)
        },
        after: { reply in
          let way = earlier.map { "; HISTORY \(name) \(count) \($0) shows what was said before" } ?? ""
          notice("End of the history of \(name)\(way)", reply, call)
        })
    }
  }

  private static func title(_ page: HistoryPage, _ range: HistoryRange) -> String {
    guard case .before = range else {
      return page.events.isEmpty ? "there are no messages" : page.hasMore ? "the last messages" : "all messages"
    }
    return page.events.isEmpty
      ? "there are no earlier messages" : page.hasMore ? "earlier messages" : "all earlier messages"
  }

  private static func refuse(_ given: String, _ words: String, _ call: UserCall) -> Bool {
    call.reply.fail("HISTORY", "INVALID_PARAMS", [call.shown(call.parameters[0]), call.shown(given)], words)
    return true
  }

  private static func notice(_ text: String, _ reply: Reply, _ call: UserCall) {
    reply.send(
      Message(source: call.configuration.serverName, command: "NOTICE", parameters: [call.user.nick, text]))
  }

  private static func refuse(_ target: String, _ call: UserCall) {
    call.reply.fail("HISTORY", "INVALID_TARGET", [call.shown(target)], "Messages could not be retrieved")
  }
}
