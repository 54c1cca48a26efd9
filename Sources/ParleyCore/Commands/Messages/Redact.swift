import IRC
import ParleyStore

/// REDACT (draft/message-redaction): takes back a message, as its author or as one of the room's operators.
enum RedactCommand {
  static let command = Command(name: "REDACT", minimumParameters: 2, handler: .user(run))

  /// Bytes of a reason.
  private static let longestReason = 200

  private static func run(_ call: UserCall) -> Bool {
    guard call.session.has(.draftMessageRedaction) else {
      call.reply.numeric(.unknownCommand, "REDACT", "Unknown command")
      return true
    }
    let (target, id) = (call.parameters[0], call.parameters[1])
    let reason = TextLimit.truncate(call.parameter(2) ?? "", toBytes: longestReason)
    return call.withConversation(
      target,
      refuse: {
        call.reply.fail("REDACT", "INVALID_TARGET", [call.shown(target)], "You cannot delete messages from there")
      },
      then: { conversation, name in
        call.core.ask(.find(messageID: id, conversation)) { result in
          guard !call.session.isClosed else { return }
          redact(result, id, reason, conversation, name, call)
          call.end()
        }
      })
  }

  private static func redact(
    _ result: QueryResult, _ id: String, _ reason: String, _ conversation: Conversation, _ name: String,
    _ call: UserCall
  ) {
    guard case .found(let found) = result else {
      return call.reply.fail("REDACT", "STORE_UNAVAILABLE", [name], "The message cannot be read now; try again")
    }
    guard let start = call.historyStart(of: conversation) else {
      return call.reply.fail("REDACT", "INVALID_TARGET", [name], "You cannot delete messages from there")
    }
    guard let event = found, event.receipt.position > start, [.message, .notice, .tagMessage].contains(event.kind)
    else {
      return call.reply.fail("REDACT", "UNKNOWN_MSGID", [name, call.shown(id)], "There is no such message")
    }
    guard event.sender == call.user.identity || isModerator(of: conversation, call) else {
      return call.reply.fail("REDACT", "REDACT_FORBIDDEN", [name, id], "You may not delete this message")
    }
    call.change(
      NewEvent(
        conversation: conversation, kind: .redaction, sender: call.user.identity, source: call.user.source,
        account: call.user.accountName, target: call.target(of: conversation, name), text: reason,
        clientTags: call.user.serverTags, reference: id, time: call.core.now),
      .amend(conversation, messageID: id, text: nil), isEchoed: true,
      refusal: { call.reply.fail("REDACT", "UNKNOWN_MSGID", [name, id], "There is no such message any more") })
  }

  private static func isModerator(of conversation: Conversation, _ call: UserCall) -> Bool {
    guard case .room(let id) = conversation, let room = call.user.rooms.first(where: { $0.id == id }) else {
      return false
    }
    return room.rank(of: call.user) >= Roles.halfOperator.rank
  }
}

extension UserCall {
  /// What somebody wrote where a target or an id should stand, fit to be sent back.
  func shown(_ word: String) -> String { word.isEmpty ? "*" : TextLimit.truncate(word, toBytes: 64) }

  /// The room's name, or the nick that the other of two people has now.
  func target(of conversation: Conversation, _ name: String) -> String {
    guard case .direct(let one, let other) = conversation else { return name }
    let peer = one == user.identity ? other : one
    return peer.account.flatMap { core.accounts[$0]?.user?.nick } ?? name
  }

  /// Stores a change to an earlier message with the event that tells of it, then shows it to whoever sees the conversation.
  func change(
    _ event: NewEvent, _ amendment: Change, isEchoed: Bool, refusal: @escaping () -> Void
  ) {
    reply.isAwaited = true
    core.transact(
      Transaction([.append(event), amendment]), for: session,
      fail: { [self] _, _ in
        reply.fail(
          message.command, "STORE_UNAVAILABLE", [event.target], "The change could not be stored; nothing changed")
      },
      settle: { [self] core, outcome in
        switch outcome {
        case .committed(let receipts):
          guard let receipt = receipts.first else { return }
          let delivery = HistoryLine.delivery(event, receipt)
          if isEchoed || session.has(.echoMessage) { reply.send(delivery) }
          core.show(delivery, of: event.conversation, by: user, except: session)
        case .duplicate(let receipt):
          if isEchoed || session.has(.echoMessage) { reply.send(HistoryLine.delivery(event, receipt)) }
        case .refused(.keyTooOld):
          reply.fail(message.command, "KEY_TOO_OLD", [event.target], "This key is too old to tell whether it was used")
        case .refused(.keyReused):
          reply.fail(message.command, "KEY_REUSED", [event.target], "This key was used for another message")
        case .refused: refusal()
        }
      })
  }
}

extension Core {
  /// Shows a stored event to everybody who sees its conversation, except for one session.
  func show(_ delivery: Delivery, of conversation: Conversation, by user: User, except session: Session) {
    switch conversation {
    case .room(let id): emit(.deliver(delivery, to: .room(id, except: session.id)))
    case .direct(let one, let other):
      let peer = one == user.identity ? other : one
      var audience = peer == user.identity ? [] : connections(of: peer)
      audience += user.reachableConnections(except: session)
      if !audience.isEmpty { emit(.deliver(delivery, to: .connections(audience))) }
    }
  }
}
