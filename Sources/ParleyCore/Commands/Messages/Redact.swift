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
        call.core.ask(.find(messageID: id, conversation), for: call.session) { result in
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
    guard let event = found, event.receipt.position > start, event.isVisible(to: call.user.identity),
      [.message, .notice, .tagMessage].contains(event.kind)
    else {
      return call.reply.fail("REDACT", "UNKNOWN_MSGID", [name, call.shown(id)], "There is no such message")
    }
    guard event.sender == call.user.identity || isModerator(of: conversation, call) else {
      return call.reply.fail("REDACT", "REDACT_FORBIDDEN", [name, id], "You may not delete this message")
    }
    // Where somebody may not speak, nobody is told why a message has gone; a person who silences its author is not told either.
    let reception = call.reception(in: conversation)
    var mayGiveReason = reception != .refused
    if let room = call.room(of: conversation) {
      mayGiveReason = MessageCommand.obstacle(reason, room, call.user) == nil
    }
    let words = mayGiveReason ? reason : ""
    var redaction = NewEvent(
      conversation: conversation, kind: .redaction, sender: call.user.identity, source: call.user.source,
      account: call.user.accountName, target: call.target(of: conversation, name), text: words,
      clientTags: call.user.serverTags, reference: id, time: call.core.now)
    redaction.isUnheard = event.isUnheard
    if reception == .silenced, !event.isUnheard {
      redaction.ownText = words
      redaction.text = ""
    }
    call.change(
      redaction, .amend(conversation, messageID: id, text: nil, isUnheard: false),
      refusal: { call.reply.fail("REDACT", "UNKNOWN_MSGID", [name, id], "There is no such message any more") })
  }

  private static func isModerator(of conversation: Conversation, _ call: UserCall) -> Bool {
    (call.room(of: conversation)?.rank(of: call.user) ?? 0) >= Roles.halfOperator.rank
  }
}

extension UserCall {
  /// What somebody wrote where a target or an id should stand, fit to be sent back.
  func shown(_ word: String) -> String { word.isEmpty ? "*" : TextLimit.truncate(word, toBytes: 64) }

  /// The room's name, or the nick that the other of two people has now.
  func target(of conversation: Conversation, _ name: String) -> String {
    peer(in: conversation).flatMap { core.user(of: $0)?.nick } ?? name
  }

  /// The other of two people; nil: it is a room.
  private func peer(in conversation: Conversation) -> Identity? {
    guard case .direct(let one, let other) = conversation else { return nil }
    return one == user.identity ? other : one
  }

  /// Whether the other of two people wants to hear from the user; a room always does.
  func reception(in conversation: Conversation) -> Reception {
    guard let peer = peer(in: conversation) else { return .welcome }
    return core.reception(of: user, by: core.user(of: peer), peer.account.flatMap { core.accounts[$0] })
  }

  /// Stores a change to an earlier message with the event that tells of it, then shows it to whoever sees the conversation.
  /// - Parameter verdict: whether the room's limits allow it.
  func change(_ event: NewEvent, _ amendment: Change, _ verdict: SpeechVerdict? = nil, refusal: @escaping () -> Void) {
    var event = event
    if let verdict { event.condition = verdict.condition }
    let partner = peer(in: event.conversation).flatMap { core.user(of: $0) }
    core.charge(
      session,
      WorkCost.passing(
        Delivery.tagBytes + event.source.utf8.count + event.text.utf8.count,
        to: room(of: event.conversation)?.connectionCount ?? 1))
    reply.isAwaited = true
    core.transact(
      Transaction([.append(event), amendment]), for: session,
      undo: { verdict?.takeBack($0) },
      fail: { [self] _, _ in
        reply.fail(
          message.command, "STORE_UNAVAILABLE", [event.target], "The change could not be stored; nothing changed")
      },
      settle: { [self, event] core, outcome in
        switch outcome {
        case .committed(let receipts):
          guard let receipt = receipts.first else { return }
          session.ownPositions.append(receipt.position)
          show(event, receipt, to: partner)
        case .duplicate(let receipt):
          verdict?.takeBack(core)
          reply.send(HistoryLine.delivery(event.asSent, receipt))
        case .refused(.conditionNotMet):
          verdict?.report(event.target, self)
        case .refused(.keyTooOld):
          verdict?.takeBack(core)
          reply.fail(message.command, "KEY_TOO_OLD", [event.target], "This key is too old to tell whether it was used")
        case .refused(.tooManyReferences):
          verdict?.takeBack(core)
          reply.fail(
            message.command, "EDIT_FORBIDDEN", [event.target, event.reference], "It has been edited too often")
        case .refused(.keyReused):
          verdict?.takeBack(core)
          reply.fail(message.command, "KEY_REUSED", [event.target], "This key was used for another message")
        case .refused:
          verdict?.takeBack(core)
          refusal()
        }
      })
  }

  /// Shows a stored event to its author, and to everybody else who sees its conversation.
  /// - Parameter partner: the other of two people, as it was when the event came.
  private func show(_ event: NewEvent, _ receipt: Receipt, to partner: User?) {
    let own = HistoryLine.delivery(event.asSent, receipt)
    reply.send(own)
    guard case .direct = event.conversation else {
      if case .room(let id) = event.conversation { core.emit(.deliver(own, to: .room(id, except: session.id))) }
      return
    }
    let devices = user.reachableConnections(except: session)
    var others: [ConnectionID] = []
    if !event.isUnheard {
      if let partner {
        if partner !== user { others = partner.reachableConnections() }
      } else if let identity = peer(in: event.conversation), identity != user.identity {
        others = core.connections(of: identity)
      }
    }
    if event.ownText == nil {
      if !(devices + others).isEmpty { core.emit(.deliver(own, to: .connections(devices + others))) }
      return
    }
    if !devices.isEmpty { core.emit(.deliver(own, to: .connections(devices))) }
    if !others.isEmpty { core.emit(.deliver(HistoryLine.delivery(event, receipt), to: .connections(others))) }
  }
}
