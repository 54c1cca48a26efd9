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
    var targets: VisibleTargets
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
    let slice = call.core.configuration.sliceLooks
    call.core.sendLong(call.reply, isWork: true) { [unowned core = call.core] reply in
      var looked = 0
      repeat {
        // One at a time, because one may have much set.
        var looks = 1
        for target in targets.next(&looks) { write(target, call.session, to: batch) }
        looked += max(1, looks)
      } while !targets.isAtEnd && looked < slice && !reply.isFull
      core.charge(call.session, looked)
      if targets.isAtEnd { batch.close() }
      return !targets.isAtEnd
    }
    return false
  }

  private static func targets(of target: MetadataTarget) -> VisibleTargets {
    switch target {
    case .user(let user): VisibleTargets(of: user)
    case .room(let room): VisibleTargets(in: room)
    }
  }

  /// The keys the session has subscribed to, as far as they are set.
  static func write(_ target: MetadataTarget, _ session: Session, to batch: MetadataBatch) {
    let values = target.shownValues
    if values.isEmpty { return }
    for key in session.metadataKeys {
      if let value = values[key] { batch.value(target.shownName, key, value) }
    }
  }
}

extension Session {
  /// Section "Definitions".
  var isMetadataAware: Bool { has(.draftMetadata3) && has(.batch) }
}

extension Core {
  /// The user, whom the session watches, the user's rooms and everybody in them; each once.
  fileprivate func visibleTargets(_ user: User, _ session: Session) -> VisibleTargets {
    let watched = session.monitored.keys.sorted { $0.description < $1.description }.compactMap { users[$0] }
    let strangers = watched.filter { other in other !== user && !user.rooms.contains { $0.contains(other) } }
    return VisibleTargets(of: user, and: strangers, rooms: user.rooms)
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
      || room.shownMembers.reduce(0, { $0 + MetadataTarget.user($1.user).shownValues.count })
        > MetadataSync.valuesWithJoin
    if !session.metadataKeys.isEmpty, isLarge {
      return postponeMetadata(room.shownName, reply)
    }
    MetadataBatch(room.shownName, self, reply).write { batch in
      guard !session.metadataKeys.isEmpty else { return }
      MetadataSync.write(.room(room), session, to: batch)
      for member in room.shownMembers { MetadataSync.write(.user(member.user), session, to: batch) }
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
