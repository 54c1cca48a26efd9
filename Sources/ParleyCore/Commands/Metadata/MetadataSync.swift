import IRC

/// METADATA SYNC, and what is sent of metadata without being asked (sections "Automatic" and "Postponed synchronization").
enum MetadataSync {
  /// The target that means everything one can see.
  static let everything = "*ALL"
  /// Members of a room whose metadata comes by itself with the JOIN; of larger ones the client asks.
  static let membersWithJoin = 50
  /// What is set of them, at most, for the same.
  static let valuesWithJoin = 100

  static func run(_ name: String, _ user: User, _ call: ConnectionCall) -> Bool {
    let targets: [MetadataTarget]
    let shown: String
    if name.uppercased() == everything {
      (targets, shown) = (call.core.visibleTargets(user, call.session), everything)
    } else {
      guard let target = MetadataCommand.target(name, user, call) else {
        return MetadataCommand.invalidTarget(name, call)
      }
      guard MetadataCommand.mayRead(target, user) else {
        MetadataCommand.forbid(target, "*", call)
        return true
      }
      (targets, shown) = (MetadataSync.targets(of: target), target.name)
    }
    if let wait = user.metadataPace.wait(at: call.core.instant) {
      call.reply.numeric(.metadataSyncLater, shown, String(wait), "Try again later")
      return true
    }
    let batch = MetadataBatch(shown, call.core, call.reply)
    batch.open()
    var rest = targets[...]
    call.core.sendLong(call.reply) { reply in
      while !reply.isFull, let target = rest.popFirst() { write(target, call.session, to: batch) }
      if rest.isEmpty { batch.close() }
      return !rest.isEmpty
    }
    return false
  }

  static func targets(of target: MetadataTarget) -> [MetadataTarget] {
    guard case .room(let room) = target else { return [target] }
    return [target] + room.members.map { .user($0.user) }
  }

  /// The keys the session has subscribed to, as far as they are set.
  static func write(_ target: MetadataTarget, _ session: Session, to batch: MetadataBatch) {
    let values = target.values
    if values.isEmpty { return }
    for key in session.metadataKeys {
      if let value = values[key] { batch.value(target.name, key, value) }
    }
  }
}

extension Session {
  /// Section "Definitions".
  var isMetadataAware: Bool { has(.draftMetadata3) && has(.batch) }
}

extension Core {
  /// The user, its rooms, everybody in them, and whom the session watches; each once.
  fileprivate func visibleTargets(_ user: User, _ session: Session) -> [MetadataTarget] {
    var targets: [MetadataTarget] = [.user(user)]
    var seen: Set<ObjectIdentifier> = [ObjectIdentifier(user)]
    for room in user.rooms {
      targets.append(.room(room))
      for member in room.members where seen.insert(ObjectIdentifier(member.user)).inserted {
        targets.append(.user(member.user))
      }
    }
    for nick in session.monitored.keys.sorted(by: { $0.description < $1.description }) {
      if let watched = users[nick], seen.insert(ObjectIdentifier(watched)).inserted { targets.append(.user(watched)) }
    }
    return targets
  }

  /// 774: the client is to ask.
  func postponeMetadata(_ target: String, _ reply: Reply) {
    reply.numeric(.metadataSyncLater, target, "0", "Ask for the metadata when it suits")
  }

  /// Somebody has just come into a room.
  func showMetadata(of room: Room, to reply: Reply) {
    let session = reply.session
    guard session.isMetadataAware else { return }
    let isLarge =
      room.members.count > MetadataSync.membersWithJoin
      || room.members.reduce(0, { $0 + MetadataTarget.user($1.user).values.count }) > MetadataSync.valuesWithJoin
    if !session.metadataKeys.isEmpty, isLarge {
      return postponeMetadata(room.name, reply)
    }
    MetadataBatch(room.name, self, reply).write { batch in
      guard !session.metadataKeys.isEmpty else { return }
      for target in MetadataSync.targets(of: .room(room)) { MetadataSync.write(target, session, to: batch) }
    }
  }

  /// With the welcome: what was set before it is the user's now, and everything the user has is shown.
  func welcomeMetadata(_ session: Session, _ user: User, _ reply: Reply) {
    let target = MetadataTarget.user(user)
    var count = target.values.count
    var early: [(key: String, value: String)] = []
    for (key, value) in session.earlyMetadata.sorted(by: { $0.key < $1.key }) {
      if target.values[key] == nil {
        guard count < configuration.metadataKeys else { continue }
        count += 1
      }
      early.append((key, value))
    }
    session.earlyMetadata = [:]
    if !early.isEmpty {
      let own = makeReply(session, label: nil)
      changeMetadata(of: target, early, by: session, own) {}
      finish(own)
    }
    guard session.isMetadataAware else { return }
    MetadataBatch(user.nick, self, reply).write { batch in
      for (key, value) in target.sorted { batch.value(user.nick, key, value) }
    }
  }
}
