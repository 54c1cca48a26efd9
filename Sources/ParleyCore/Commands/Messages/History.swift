import IRC
import ParleyStore

/// HISTORY: the last messages of a room or of a conversation with somebody, for people whose clients know no CHATHISTORY.
enum HistoryCommand {
  static let command = Command(name: "HISTORY", minimumParameters: 1, handler: .user(run))

  private static let defaultCount = 50

  private static func run(_ call: UserCall) -> Bool {
    let target = call.parameters[0]
    var count = defaultCount
    if let given = call.parameter(1) {
      guard let number = Int(given), number > 0 else {
        call.reply.fail(
          "HISTORY", "INVALID_PARAMS", [call.shown(target), call.shown(given)], "Not a number of messages")
        return true
      }
      count = number
    }
    count = min(count, call.configuration.historyLimit)
    return call.withConversation(target, refuse: { refuse(target, call) }) { conversation, name in
      var query = HistoryQuery(conversation: conversation, range: .latest(after: nil), limit: count, kinds: .messages)
      query.reader = call.user.identity
      query.after = call.historyStart(of: conversation) ?? .max
      HistoryAnswer(call, conversation, name, refuse: { refuse(name, call) }) {
        call.reply.fail("HISTORY", "MESSAGE_ERROR", [name], "Messages could not be retrieved")
      }.begin(
        query,
        before: { page, reply in
          let words =
            page.events.isEmpty ? "there are no messages" : page.hasMore ? "the last messages" : "all messages"
          notice("History of \(name): \(words)", reply, call)
        },
        after: { reply in notice("End of the history of \(name)", reply, call) })
    }
  }

  private static func notice(_ text: String, _ reply: Reply, _ call: UserCall) {
    reply.send(
      Message(source: call.configuration.serverName, command: "NOTICE", parameters: [call.user.nick, text]))
  }

  private static func refuse(_ target: String, _ call: UserCall) {
    call.reply.fail("HISTORY", "INVALID_TARGET", [call.shown(target)], "Messages could not be retrieved")
  }
}
