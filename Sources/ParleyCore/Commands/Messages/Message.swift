import IRC
import ParleyStore

/// PRIVMSG, NOTICE, TAGMSG: stored first, then shown to anybody.
enum MessageCommand {
  static let privmsg = Command(name: "PRIVMSG", minimumParameters: 0, handler: .user { run($0, .message) })
  static let notice = Command(name: "NOTICE", minimumParameters: 0, handler: .user { run($0, .notice) })
  static let tagmsg = Command(name: "TAGMSG", minimumParameters: 0, handler: .user { run($0, .tagMessage) })

  /// What is being sent, to whichever target.
  private struct Draft {
    let kind: EventKind
    /// Of several lines as `Multiline` keeps them.
    let text: String
    let clientTags: String
    /// Of these, what is kept.
    let storedTags: String
    let key: (device: String, counter: Int64)?
    /// A tag message that is kept.
    var isKept = false
    /// The id of what a kept tag message is about, and how much may be.
    var reference = ""
    var referenceLimit: ReferenceLimit?
    /// `+typing`, and with which value.
    var typing: String?

    /// Delivered to those who are connected, and not stored.
    var isPassing: Bool { kind == .tagMessage ? !isKept : CTCP.isQuestion(text) }

    /// About how many bytes it has for a reader.
    func size(of user: User, _ target: String) -> Int {
      let frame = Delivery.tagBytes + user.source.utf8.count + target.utf8.count + 12
      return clientTags.utf8.count + text.utf8.count + Multiline.lineCount(text) * frame
    }

    /// With the server's own in front.
    func tags(of user: User, stored: Bool = false) -> String {
      [user.serverTags, stored ? storedTags : clientTags].filter { !$0.isEmpty }.joined(separator: ";")
    }
  }

  private static func run(_ call: UserCall, _ kind: EventKind) -> Bool {
    guard let targets = call.parameter(0) else {
      call.reply.numeric(.noRecipient, "No recipient given (\(call.message.command))")
      return true
    }
    if kind != .tagMessage, call.parameter(1) == nil {
      call.reply.numeric(.noTextToSend, "No text to send")
      return true
    }
    if kind == .tagMessage, !call.session.has(.messageTags) {
      call.reply.numeric(.unknownCommand, "TAGMSG", "Unknown command")
      return true
    }
    if kind == .tagMessage, let change = Reactions.change(call.message.tags),
      !(1...Reactions.reactionBytes).contains(change.reaction.utf8.count)
    {
      call.reply.fail(
        "TAGMSG", "INVALID_REACTION", [call.shown(targets)], "A reaction has 1 to \(Reactions.reactionBytes) bytes")
      return true
    }
    switch makeDraft(call.message, kind, call.session) {
    case .success(let draft):
      if let service = Service.named(targets) { return talk(to: service, draft, call) }
      send(draft, to: targets, call)
    case .failure(let problem): call.reply.fail(call.message.command, "INVALID_KEY", [], problem.text)
    }
    return true
  }

  /// A message of several lines, whose batch is complete (draft/multiline). Its tags stand on the opening BATCH.
  static func sendBatch(_ kind: EventKind, to target: String, text: String, _ call: UserCall) {
    switch makeDraft(call.message, kind, call.session, text: text) {
    case .success(let draft):
      call.user.lastSpokeAt = call.core.instant
      send(draft, toOne: target, call)
    case .failure(let problem): call.reply.fail("BATCH", "INVALID_KEY", [], problem.text)
    }
  }

  private static func send(_ draft: Draft, to targets: String, _ call: UserCall) {
    call.user.lastSpokeAt = call.core.instant
    if !targets.utf8.contains(UInt8(ascii: ",")) {
      return send(draft, toOne: targets, call)
    }
    let words = targets.split(separator: ",")
    // The whole message is refused: it may hold a password that was meant for the service alone.
    if let word = words.first(where: { Service.isMeant(by: String($0)) }) {
      return call.reply.numeric(
        .cannotSendToUser, call.shown(String(word)), "Nothing was sent: write to a service alone")
    }
    let list = distinct(words.map(String.init))
    guard list.count <= call.configuration.targetsPerCommand else {
      return call.reply.numeric(.tooManyTargets, targets, "Too many targets")
    }
    guard draft.key == nil || list.count == 1 else {
      return call.reply.fail(call.message.command, "INVALID_KEY", [], "A message with a key goes to one target")
    }
    for target in list { send(draft, toOne: target, call) }
  }

  /// Each target once. Of several forms of one room (`#room`, `@#room`) the one for the most people counts, and they get one line.
  private static func distinct(_ targets: [String]) -> [String] {
    var list: [String] = []
    var places: [FoldedName: Int] = [:]
    for target in targets {
      let roles = statusRoles(target)
      let name = FoldedName(roles == nil ? target : String(target.dropFirst()))
      if let place = places[name] {
        if (roles?.rank ?? 0) < (statusRoles(list[place])?.rank ?? 0) { list[place] = target }
      } else {
        places[name] = list.count
        list.append(target)
      }
    }
    return list
  }

  /// To nobody but the service: neither stored nor shown to the sender's other devices.
  private static func talk(to service: Service, _ draft: Draft, _ call: UserCall) -> Bool {
    if call.session.has(.echoMessage), draft.kind != .tagMessage {
      call.reply.send(passing(draft, to: service.nick, call))
    }
    return draft.kind == .message ? service.handle(draft.text, call) : true
  }

  private static func makeDraft(
    _ message: Message, _ kind: EventKind, _ session: Session, text: String? = nil
  ) -> Result<Draft, MessageKey.Problem> {
    MessageKey.parse(message).map { key in
      let tags = StoredTags(session.has(.messageTags) ? message.tags : [], excluding: MessageKey.tag)
      guard kind == .tagMessage else {
        let text = text ?? (message.parameters.count > 1 ? message.parameters[1] : "")
        return Draft(kind: kind, text: text, clientTags: tags.all, storedTags: tags.stored, key: key)
      }
      var draft = Draft(
        kind: kind, text: "", clientTags: tags.all, storedTags: tags.stored, key: key,
        isKept: Reactions.isKept(message.tags))
      if draft.isKept {
        draft.reference = Reactions.reference(message.tags) ?? ""
        draft.referenceLimit = Reactions.referenceLimit(message.tags)
      }
      draft.typing = message[tag: "+typing"] ?? message[tag: "+draft/typing"]
      return draft
    }
  }

  // MARK: - Targets

  private static func send(_ draft: Draft, toOne target: String, _ call: UserCall) {
    if target.utf8.first == UInt8(ascii: "#") { return sendToRoom(draft, target, call) }
    if let roles = statusRoles(target) {
      return sendToRoles(draft, String(target.dropFirst()), prefix: target, roles, call)
    }
    sendToPerson(draft, target, call)
  }

  /// STATUSMSG: `@#room` goes to operators and above.
  private static func statusRoles(_ target: String) -> Roles? {
    guard target.utf8.dropFirst().first == UInt8(ascii: "#"), let first = target.first else { return nil }
    return Roles.role(forPrefix: first)
  }

  /// The room, if the user may speak there.
  private static func openRoom(_ draft: Draft, _ name: String, _ call: UserCall) -> Room? {
    let isSilent = draft.kind == .notice
    guard let room = call.core.rooms[FoldedName(name)] else {
      if !isSilent { call.reply.numeric(.noSuchChannel, name, "No such channel") }
      return nil
    }
    if let reason = obstacle(draft.text, room, call.user) {
      if !isSilent { call.reply.numeric(.cannotSendToChan, room.name, reason) }
      return nil
    }
    return room
  }

  /// Why somebody may not say that in a room; nil: may.
  static func obstacle(_ text: String, _ room: Room, _ user: User) -> String? {
    let roles = room.roles(of: user)
    if roles == nil, room.has("n") || room.has("s") { return "Cannot send to channel: you are not in it" }
    if let roles, roles.rank > 0 { return ctcpObstacle(text, room) }
    if room.has("m") { return "Cannot send to channel: it is moderated (+m)" }
    if room.has("M"), user.account == nil { return "Cannot send to channel: sign in first (+M)" }
    if room.isMuted(user) { return "Cannot send to channel: you are banned (+b)" }
    return ctcpObstacle(text, room)
  }

  /// Whether somebody may say that in a room now; if so, it counts.
  static func maySay(_ text: String, in room: Room, _ call: UserCall) -> Bool {
    obstacle(text, room, call.user) == nil
      && SpeechVerdict(.room(room, .message), text, call).isOpen(withKey: false)
  }

  private static func ctcpObstacle(_ text: String, _ room: Room) -> String? {
    room.has("C") && CTCP.isQuestion(text) ? "Cannot send to channel: no CTCP (+C)" : nil
  }

  private static func sendToRoom(_ draft: Draft, _ name: String, _ call: UserCall) {
    guard let room = openRoom(draft, name, call) else { return }
    if draft.isPassing {
      // Who types is limited by itself.
      let speech = draft.kind == .tagMessage ? draft.typing == nil ? Speech.reaction : nil : .message
      if let speech, SpeechVerdict(.room(room, speech), draft.text, call).refuses(room.name, call) { return }
      return relay(
        draft, target: room.name, to: .room(room.id, except: call.session.id), count: room.connectionCount, call)
    }
    store(
      draft, in: room.conversation, target: room.name,
      limit: .room(room, draft.kind == .tagMessage ? .reaction : .message), count: room.connectionCount, call
    ) { core, delivery in
      core.emit(.deliver(delivery, to: .room(room.id, except: call.session.id)))
    }
  }

  private static func sendToRoles(
    _ draft: Draft, _ name: String, prefix target: String, _ roles: Roles, _ call: UserCall
  ) {
    guard let room = openRoom(draft, name, call), fits(draft, room.name, call) else { return }
    if draft.kind != .tagMessage, SpeechVerdict(.room(room, .message), draft.text, call).refuses(target, call) {
      return
    }
    var recipients: [ConnectionID] = []
    for member in room.members where member.roles.rank >= roles.rank {
      recipients += member.user.connections(except: call.session)
    }
    // For some only, so it is not kept: the room's history is for all its members.
    relay(
      draft, target: String(target.prefix(1)) + room.name, to: .connections(recipients), count: recipients.count, call)
  }

  private static func sendToPerson(_ draft: Draft, _ nick: String, _ call: UserCall) {
    let core = call.core
    let isSilent = draft.kind == .notice
    // An account is also found by its name while it uses another nick. One that has never connected has no user
    // yet: its messages wait.
    let account = core.accounts[nick].flatMap { core.accounts.isUnverified($0) ? nil : $0 }
    let recipient = core.users[FoldedName(nick)] ?? account?.user
    guard let identity = recipient?.identity ?? account?.identity else {
      if !isSilent { call.reply.numeric(.noSuchNick, nick.isEmpty ? "*" : nick, "No such nick") }
      return
    }
    let reception = core.reception(of: call.user, by: recipient, account)
    if reception == .refused {
      if !isSilent {
        call.reply.numeric(.needReggedNick, recipient?.nick ?? nick, "Only signed-in people may write to them (+R)")
      }
      return
    }
    if let recipient, call.user.isRegisteredOnly { _ = call.user.accepted.add(recipient) }
    if draft.kind == .message {
      if let recipient {
        if let away = recipient.away { call.reply.numeric(.away, recipient.nick, away) }
      } else {
        call.reply.numeric(.away, nick, User.disconnectedNotice)
      }
    }
    let target = recipient?.nick ?? account?.name ?? nick
    let limit = SpeechLimit.person(identity)
    let isHeard = reception != .silenced
    // Whether it is heard makes no difference that the sender could notice.
    let count = (recipient?.sessions.count ?? 0) + call.user.sessions.count
    if draft.isPassing {
      if SpeechVerdict(limit, draft.text, call).refuses(target, call) { return }
      var audience = isHeard ? recipient?.connections ?? [] : []
      if recipient !== call.user { audience += call.user.connections(except: call.session) }
      return relay(draft, target: target, to: .connections(audience), count: count, call)
    }
    store(
      draft, in: Conversation(call.user.identity, identity), target: target, limit: limit, isHeard: isHeard,
      count: count, call
    ) { core, delivery in
      // Whoever holds the identity when the message is on disk: every device of the recipient, the sender's other devices.
      var audience = isHeard ? recipient?.reachableConnections() ?? core.connections(of: identity) : []
      if recipient !== call.user { audience += call.user.reachableConnections(except: call.session) }
      if !audience.isEmpty { core.emit(.deliver(delivery, to: .connections(audience))) }
    }
  }

  // MARK: - Ways

  /// A line that would be longer for its readers than a line may be is refused, not cut (RFC 1459, section 2.3).
  private static func fits(_ draft: Draft, _ target: String, _ call: UserCall) -> Bool {
    let overhead =
      call.user.source.utf8.count + target.utf8.count
      + (draft.kind == .notice ? "NOTICE" : "PRIVMSG").utf8.count + 7
    let isShort = draft.kind == .tagMessage || overhead + draft.text.utf8.count <= 512
    if isShort || overhead + Multiline.longestLine(draft.text) <= 512 { return true }
    call.reply.numeric(.inputTooLong, "Your message is too long to be relayed without truncation")
    return false
  }

  /// Not stored: delivered to whoever is there.
  /// - Parameter count: connections in the audience.
  private static func relay(
    _ draft: Draft, target: String, to audience: Audience, count: @autoclosure () -> Int, _ call: UserCall
  ) {
    let core = call.core
    guard fits(draft, target, call) else { return }
    let delivery = passing(draft, to: target, call)
    if call.session.has(.echoMessage) { call.reply.send(delivery) }
    let isPassed = draft.typing.map { call.session.typing.passes($0, target, at: core.instant) } ?? true
    core.chargeTalk(call.session, bytes: delivery.size, to: 1 + (isPassed ? count() : 0))
    if isPassed { core.emit(.deliver(delivery, to: audience)) }
  }

  /// What is not stored as others get it.
  private static func passing(_ draft: Draft, to target: String, _ call: UserCall) -> Delivery {
    HistoryLine.delivery(
      StoredEvent(
        receipt: Receipt(position: 0, sequence: 0, messageID: "t" + call.core.randomName(), time: call.core.now),
        kind: draft.kind, sender: call.user.identity, source: call.user.source, account: call.user.accountName,
        target: target, text: draft.text, clientTags: draft.tags(of: call.user)))
  }

  /// - Parameters:
  ///   - isHeard: false: the recipient silences the sender. The message is stored as always, and only the sender sees it.
  ///   - count: connections that will be shown it, about.
  private static func store(
    _ draft: Draft, in conversation: Conversation, target: String, limit: SpeechLimit, isHeard: Bool = true,
    count: @autoclosure () -> Int, _ call: UserCall,
    show: @escaping (Core, Delivery) -> Void
  ) {
    let core = call.core
    let session = call.session
    let reply = call.reply
    let user = call.user
    guard fits(draft, target, call) else { return }
    let verdict = SpeechVerdict(
      limit, draft.text, stored: draft.text.utf8.count + draft.clientTags.utf8.count, call)
    if !verdict.isOpen(withKey: draft.key != nil) { return verdict.report(target, call) }
    core.chargeTalk(session, bytes: draft.size(of: user, target), to: 1 + count(), isStored: true)
    var event = NewEvent(
      conversation: conversation, kind: draft.kind, sender: user.identity, source: user.source,
      account: user.accountName, target: target, text: draft.text, clientTags: draft.tags(of: user, stored: true),
      reference: draft.reference, time: core.now,
      key: draft.key.map {
        IdempotencyKey(
          device: $0.device, counter: $0.counter,
          bodyHash: MessageKey.bodyHash(draft.kind, conversation, [draft.text, draft.clientTags]))
      })
    event.condition = verdict.condition
    event.isUnheard = !isHeard
    event.referenceLimit = draft.referenceLimit
    let deliveredTags = draft.tags(of: user)
    if draft.key != nil { user.hasUsedKeys = true }
    reply.isAwaited = true
    core.transact(
      Transaction(.append(event)), for: session, undo: verdict.takeBack,
      fail: { _, error in
        reply.fail(
          call.message.command, "STORE_UNAVAILABLE", [target],
          error.kind == .full
            ? "The message was not sent: the server's disk is full" : "The message was not sent: it could not be stored"
        )
      },
      settle: { [event] core, outcome in
        switch outcome {
        case .committed(let receipts):
          guard let receipt = receipts.first else { return }
          var shown = event
          shown.clientTags = deliveredTags
          let delivery = HistoryLine.delivery(shown, receipt)
          session.ownPositions.append(receipt.position)
          if session.has(.echoMessage) { reply.send(delivery) }
          show(core, delivery)
        case .duplicate(let receipt):
          // A retry: its sender learns what became of the first; nobody else sees it again.
          verdict.takeBack(core)
          if session.has(.echoMessage) { reply.send(HistoryLine.delivery(event, receipt)) }
        case .refused(.conditionNotMet):
          verdict.report(target, call)
        case .refused(.tooManyReferences):
          verdict.takeBack(core)
          reply.fail(
            call.message.command, "TOO_MANY_REACTIONS", [target], "There are too many reactions to this message")
        case .refused(.keyTooOld):
          verdict.takeBack(core)
          reply.fail(call.message.command, "KEY_TOO_OLD", [target], "This key is too old to tell whether it was used")
        case .refused:
          verdict.takeBack(core)
          reply.fail(call.message.command, "KEY_REUSED", [target], "This key was used for another message")
        }
      })
  }
}

extension Core {
  /// Whoever has that identity now, if it is there.
  func user(of identity: Identity) -> User? {
    identity.account.map { accounts[$0]?.user } ?? guests[identity]
  }

  /// The connections of whoever has that identity now.
  func connections(of identity: Identity) -> [ConnectionID] { user(of: identity)?.reachableConnections() ?? [] }
}
