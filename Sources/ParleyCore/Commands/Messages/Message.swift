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
    let text: String
    let clientTags: String
    let key: (device: String, counter: Int64)?

    /// With the server's own in front: bot-mode.
    func tags(of user: User) -> String {
      user.isBot ? (clientTags.isEmpty ? "bot" : "bot;" + clientTags) : clientTags
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
    let draft: Draft
    switch makeDraft(call, kind) {
    case .success(let made): draft = made
    case .failure(let problem):
      call.reply.fail(call.message.command, "INVALID_KEY", [], problem.text)
      return true
    }
    call.user.lastSpokeAt = call.core.now
    if !targets.utf8.contains(UInt8(ascii: ",")) {
      if let service = Service.named(targets) { return talk(to: service, draft, call) }
      send(draft, to: targets, call)
      return true
    }
    var seen: Set<FoldedName> = []
    let list = targets.split(separator: ",").map(String.init).filter { seen.insert(FoldedName($0)).inserted }
    guard list.count <= call.configuration.targetsPerCommand else {
      call.reply.numeric(.tooManyTargets, targets, "Too many targets")
      return true
    }
    guard draft.key == nil || list.count == 1 else {
      call.reply.fail(call.message.command, "INVALID_KEY", [], "A message with a key goes to one target")
      return true
    }
    for target in list {
      if let service = Service.named(target) {
        call.reply.numeric(.cannotSendToUser, service.nick, "Write to \(service.nick) alone")
      } else {
        send(draft, to: target, call)
      }
    }
    return true
  }

  /// To nobody but the service: neither stored nor shown to the sender's other devices.
  private static func talk(to service: Service, _ draft: Draft, _ call: UserCall) -> Bool {
    if call.session.has(.echoMessage), draft.kind != .tagMessage {
      call.reply.send(
        Delivery(
          line: line(draft.kind, call.user.source, service.nick, draft.text), time: call.core.now,
          messageID: "t" + call.core.randomName(), account: call.user.accountName, clientTags: draft.tags(of: call.user)
        ))
    }
    return draft.kind == .message ? service.handle(draft.text, call) : true
  }

  private struct KeyProblem: Error { let text: String }

  private static func makeDraft(_ call: UserCall, _ kind: EventKind) -> Result<Draft, KeyProblem> {
    var tags = ""
    var key: (device: String, counter: Int64)?
    for tag in call.message.tags where tag.isClientOnly {
      if tag.key == "+parley.chat/key" {
        guard let parsed = parseKey(tag.value) else {
          return .failure(KeyProblem(text: "The key must read DEVICE.COUNTER, with a counter from 1"))
        }
        key = parsed
        continue
      }
      guard call.session.has(.messageTags) else { continue }
      if !tags.isEmpty { tags += ";" }
      tags += tag.key
      if !tag.value.isEmpty {
        var bytes: [UInt8] = []
        TagEscape.append(tag.value, to: &bytes)
        tags += "=" + String(decoding: bytes, as: UTF8.self)
      }
    }
    let text = call.parameters.count > 1 ? call.parameters[1] : ""
    return .success(Draft(kind: kind, text: kind == .tagMessage ? "" : text, clientTags: tags, key: key))
  }

  private static func parseKey(_ value: String) -> (device: String, counter: Int64)? {
    guard let dot = value.lastIndex(of: "."), let counter = Int64(value[value.index(after: dot)...]), counter > 0 else {
      return nil
    }
    let device = value[..<dot]
    guard (1...64).contains(device.utf8.count) else { return nil }
    return (String(device), counter)
  }

  // MARK: - Targets

  private static func send(_ draft: Draft, to target: String, _ call: UserCall) {
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
    if let reason = obstacle(draft, room, call.user) {
      if !isSilent { call.reply.numeric(.cannotSendToChan, room.name, reason) }
      return nil
    }
    return room
  }

  private static func obstacle(_ draft: Draft, _ room: Room, _ user: User) -> String? {
    let roles = room.roles(of: user)
    if roles == nil, room.has("n") || room.has("s") { return "Cannot send to channel: you are not in it" }
    if let roles, roles.rank > 0 { return ctcpObstacle(draft, room) }
    if room.has("m") { return "Cannot send to channel: it is moderated (+m)" }
    if room.has("M"), user.account == nil { return "Cannot send to channel: sign in first (+M)" }
    if room.isMuted(user) { return "Cannot send to channel: you are banned (+b)" }
    return ctcpObstacle(draft, room)
  }

  private static func ctcpObstacle(_ draft: Draft, _ room: Room) -> String? {
    guard room.has("C"), draft.text.utf8.first == 1, !draft.text.hasPrefix("\u{1}ACTION") else { return nil }
    return "Cannot send to channel: no CTCP (+C)"
  }

  private static func sendToRoom(_ draft: Draft, _ name: String, _ call: UserCall) {
    guard let room = openRoom(draft, name, call) else { return }
    if draft.kind == .tagMessage {
      return relay(draft, target: room.name, to: .room(room.id, except: call.session.id), call)
    }
    store(draft, in: room.conversation, target: room.name, call) { core, delivery in
      core.emit(.deliver(delivery, to: .room(room.id, except: call.session.id)))
    }
  }

  private static func sendToRoles(
    _ draft: Draft, _ name: String, prefix target: String, _ roles: Roles, _ call: UserCall
  ) {
    guard let room = openRoom(draft, name, call) else { return }
    var recipients: [ConnectionID] = []
    for member in room.members where member.roles.rank >= roles.rank {
      recipients += member.user.connections(except: call.session)
    }
    // For some only, so it is not kept: the room's history is for all its members.
    relay(draft, target: String(target.prefix(1)) + room.name, to: .connections(recipients), call)
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
    if draft.kind == .tagMessage {
      var audience = reception == .silenced ? [] : recipient?.connections ?? []
      if recipient !== call.user { audience += call.user.connections(except: call.session) }
      return relay(draft, target: target, to: .connections(audience), call)
    }
    if reception == .silenced {
      // For the sender it is as always.
      return relay(draft, target: target, to: .connections(call.user.connections(except: call.session)), call)
    }
    store(draft, in: Conversation(call.user.identity, identity), target: target, call) { core, delivery in
      // Whoever holds the identity when the message is on disk: every device of the recipient, the sender's other devices.
      var audience = recipient?.reachableConnections() ?? core.connections(of: identity)
      if recipient !== call.user { audience += call.user.reachableConnections(except: call.session) }
      if !audience.isEmpty { core.emit(.deliver(delivery, to: .connections(audience))) }
    }
  }

  // MARK: - Ways

  /// A line that would be longer for its readers than a line may be is refused, not cut (RFC 1459, section 2.3).
  private static func fits(_ draft: Draft, _ target: String, _ call: UserCall) -> Bool {
    let overhead = call.user.source.utf8.count + target.utf8.count + call.message.command.utf8.count + 7
    if draft.kind == .tagMessage || overhead + draft.text.utf8.count <= 512 { return true }
    call.reply.numeric(.inputTooLong, "Input line was too long")
    return false
  }

  /// Not stored: delivered to whoever is there.
  private static func relay(_ draft: Draft, target: String, to audience: Audience, _ call: UserCall) {
    let core = call.core
    guard fits(draft, target, call) else { return }
    let delivery = Delivery(
      line: line(draft.kind, call.user.source, target, draft.text),
      requires: draft.kind == .tagMessage ? .messageTags : nil, time: core.now,
      messageID: "t" + core.randomName(), account: call.user.accountName, clientTags: draft.tags(of: call.user))
    if call.session.has(.echoMessage) { call.reply.send(delivery) }
    core.emit(.deliver(delivery, to: audience))
  }

  private static func store(
    _ draft: Draft, in conversation: Conversation, target: String, _ call: UserCall,
    show: @escaping (Core, Delivery) -> Void
  ) {
    let core = call.core
    let session = call.session
    let reply = call.reply
    let user = call.user
    guard fits(draft, target, call) else { return }
    let event = NewEvent(
      conversation: conversation, kind: draft.kind, sender: user.identity, source: user.source,
      account: user.accountName, target: target, text: draft.text, clientTags: draft.tags(of: user), time: core.now,
      key: draft.key.map {
        IdempotencyKey(device: $0.device, counter: $0.counter, bodyHash: bodyHash(draft, target: target))
      })
    if draft.key != nil { user.hasUsedKeys = true }
    reply.isAwaited = true
    core.transact(
      Transaction(.append(event)), for: session,
      fail: { _, error in
        reply.fail(
          call.message.command, "STORE_UNAVAILABLE", [target],
          error.kind == .full
            ? "The message was not sent: the server's disk is full" : "The message was not sent: it could not be stored"
        )
      },
      settle: { core, outcome in
        switch outcome {
        case .committed(let receipts):
          guard let receipt = receipts.first else { return }
          let delivery = HistoryLine.delivery(event, receipt)
          if session.has(.echoMessage) { reply.send(delivery) }
          show(core, delivery)
        case .duplicate(let receipt):
          // A retry: its sender learns what became of the first; nobody else sees it again.
          if session.has(.echoMessage) { reply.send(HistoryLine.delivery(event, receipt)) }
        case .refused(.keyTooOld):
          reply.fail(call.message.command, "KEY_TOO_OLD", [target], "This key is too old to tell whether it was used")
        case .refused:
          reply.fail(call.message.command, "KEY_REUSED", [target], "This key was used for another message")
        }
      })
  }

  static func line(_ kind: EventKind, _ source: String, _ target: String, _ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.utf8.count + target.utf8.count + text.utf8.count + 16)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(utf8: source)
    switch kind {
    case .message: bytes.append(utf8: " PRIVMSG ")
    case .notice: bytes.append(utf8: " NOTICE ")
    case .tagMessage: bytes.append(utf8: " TAGMSG ")
    }
    bytes.append(utf8: target)
    if kind != .tagMessage {
      bytes.append(utf8: " :")
      bytes.append(utf8: text)
    }
    bytes.append(13)
    bytes.append(10)
    return bytes
  }

  /// FNV-1a over everything a recipient would see.
  private static func bodyHash(_ draft: Draft, target: String) -> Int64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    mix(draft.kind.rawValue)
    for part in [FoldedName(target).description, draft.text, draft.clientTags] {
      for byte in part.utf8 { mix(byte) }
      mix(0)
    }
    return Int64(bitPattern: hash)
  }
}

extension Core {
  /// The connections of whoever has that identity now.
  func connections(of identity: Identity) -> [ConnectionID] {
    guard let id = identity.account else { return [] }
    return accounts[id]?.user?.reachableConnections() ?? []
  }
}
