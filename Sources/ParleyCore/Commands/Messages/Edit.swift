import IRC
import ParleyStore

/// EDIT (parley.chat/edit): gives one's own message another text. See docs/protocol.md.
enum EditCommand {
  static let command = Command(name: "EDIT", minimumParameters: 3, handler: .user(run))

  /// Edits of one message: taking it back erases each of them.
  private static let limit = 100

  private static func run(_ call: UserCall) -> Bool {
    let (target, id, text) = (call.parameters[0], call.parameters[1], call.parameters[2])
    guard !text.isEmpty else {
      call.reply.numeric(.noTextToSend, "No text to send")
      return true
    }
    let key: (device: String, counter: Int64)?
    switch MessageKey.parse(call.message) {
    case .success(let parsed): key = parsed
    case .failure(let problem):
      call.reply.fail("EDIT", "INVALID_KEY", [], problem.text)
      return true
    }
    return call.withConversation(
      target,
      refuse: { call.reply.fail("EDIT", "INVALID_TARGET", [call.shown(target)], "You cannot edit messages there") },
      then: { conversation, name in
        call.core.ask(.find(messageID: id, conversation), for: call.session) { result in
          guard !call.session.isClosed else { return }
          edit(result, id, text, key, conversation, name, call)
          call.end()
        }
      })
  }

  private static func edit(
    _ result: QueryResult, _ id: String, _ text: String, _ key: (device: String, counter: Int64)?,
    _ conversation: Conversation, _ name: String, _ call: UserCall
  ) {
    guard case .found(let found) = result else {
      return call.reply.fail("EDIT", "STORE_UNAVAILABLE", [name], "The message cannot be read now; try again")
    }
    guard let start = call.historyStart(of: conversation) else {
      return call.reply.fail("EDIT", "INVALID_TARGET", [name], "You cannot edit messages there")
    }
    guard let event = found, event.receipt.position > start, event.isVisible(to: call.user.identity),
      EventKinds.messages.contains(event.kind)
    else {
      return call.reply.fail("EDIT", "UNKNOWN_MSGID", [name, call.shown(id)], "There is no such message")
    }
    guard event.sender == call.user.identity else {
      return call.reply.fail("EDIT", "EDIT_FORBIDDEN", [name, id], "You may edit only your own messages")
    }
    // History shows the new text in the message's place.
    guard !CTCP.isQuestion(text) else {
      return call.reply.fail("EDIT", "EDIT_FORBIDDEN", [name, id], "A message cannot become a CTCP request")
    }
    let target = call.target(of: conversation, name)
    // `* ` and PRIVMSG for whoever cannot read EDIT; the id for whoever can.
    let overhead = call.user.source.utf8.count + target.utf8.count + max("PRIVMSG* ".utf8.count, id.utf8.count + 5) + 8
    guard overhead + text.utf8.count <= 512 else {
      return call.reply.numeric(.inputTooLong, "Your message is too long to be relayed without truncation")
    }
    call.user.lastSpokeAt = call.core.instant
    var edit = NewEvent(
      conversation: conversation, kind: .edit, sender: call.user.identity, source: call.user.source,
      account: call.user.accountName, target: target, text: text,
      clientTags: call.user.serverTags, reference: id, time: call.core.now,
      key: key.map {
        IdempotencyKey(
          device: $0.device, counter: $0.counter,
          bodyHash: MessageKey.bodyHash(.edit, conversation, [id, text]))
      })
    var limit = SpeechLimit.amendment
    if let room = call.room(of: conversation) {
      if let reason = MessageCommand.obstacle(text, room, call.user) {
        return call.reply.numeric(.cannotSendToChan, room.name, reason)
      }
      limit = .room(room, .edit)
    }
    // An edit says something to the other person, so it is refused and left unheard as a message is.
    let reception = call.reception(in: conversation)
    if reception == .refused {
      return call.reply.numeric(.needReggedNick, target, "Only signed-in people may write to them (+R)")
    }
    let verdict = SpeechVerdict(limit, text, stored: text.utf8.count, call)
    guard verdict.isOpen(withKey: key != nil) else { return verdict.report(target, call) }
    edit.isUnheard = event.isUnheard || reception == .silenced
    edit.referenceLimit = ReferenceLimit(all: Self.limit, own: Self.limit, ownBytes: .max)
    if key != nil { call.user.hasUsedKeys = true }
    call.change(
      edit, .amend(conversation, messageID: id, text: text, isUnheard: edit.isUnheard), verdict,
      refusal: { call.reply.fail("EDIT", "UNKNOWN_MSGID", [name, id], "There is no such message any more") })
  }
}
