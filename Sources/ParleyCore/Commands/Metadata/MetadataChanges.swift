import IRC
import ParleyStore

extension Core {
  /// Sets keys, or removes those with an empty value: at once, stored with accounts and rooms, told when stored.
  func changeMetadata(
    of target: MetadataTarget, _ wanted: [(key: String, value: String)], by session: Session, _ reply: Reply,
    answer: @escaping () -> Void
  ) {
    let before = target.values
    let changed = wanted.filter { (before[$0.key] ?? "") != $0.value }
    charge(session, WorkCost.change + changed.reduce(0) { $0 + candidates(target, $1.key) })
    target.beginChange()
    var values = before
    for (key, value) in changed { values[key] = value.isEmpty ? nil : value }
    target.values = values
    var hasFailed = false
    if let owner = target.owner, !changed.isEmpty {
      let changes = changed.map { key, value -> Change in
        value.isEmpty
          ? .removeMetadata(owner, key: key) : .putMetadata(MetadataRecord(owner: owner, key: key, value: value))
      }
      let name = target.name
      transact(
        Transaction(changes), for: session,
        undo: { _ in
          hasFailed = true
          for (key, _) in changed { target.values[key] = before[key] }
        },
        fail: { _, _ in
          reply.fail("METADATA", "STORE_UNAVAILABLE", [name], "The change could not be stored; nothing changed")
        })
    }
    afterEverything(writingTo: reply) { core in
      target.endChange(hasFailed ? nil : changed)
      guard !hasFailed else { return }
      answer()
      for (key, value) in changed { core.tellMetadata(of: target, key, value, except: session) }
    }
  }

  /// Section "Notifications": subscribers who share a room with the user or watch it, or who are in the room.
  private func tellMetadata(of target: MetadataTarget, _ key: String, _ value: String, except session: Session) {
    let audience = audience(of: target, key).filter { $0 != session.id }
    guard !audience.isEmpty else { return }
    let numeric: Numeric = value.isEmpty ? .keyNotSet : .keyValue
    // One line for all: `*` stands for whoever reads it.
    let parameters = ["*", target.shownName, key] + (value.isEmpty ? ["Key not set"] : ["*", value])
    deliver(
      Message(source: configuration.serverName, command: numeric.text, parameters: parameters),
      to: .connections(audience), requires: .draftMetadata3)
  }

  /// How many are looked at to find out who is told.
  private func candidates(_ target: MetadataTarget, _ key: String) -> Int {
    let near =
      switch target {
      case .room(let room): room.connectionCount
      case .user(let user): user.rooms.reduce(monitors.count(of: user.folded)) { $0 + $1.connectionCount }
      }
    return min(near, metadata.count(of: key))
  }

  private func audience(of target: MetadataTarget, _ key: String) -> [ConnectionID] {
    let all = metadata.count(of: key)
    guard all > 0 else { return [] }
    switch target {
    case .room(let room):
      let candidates =
        room.members.count < all ? room.members.flatMap(\.user.connections) : metadata.subscribers(of: key)
      return candidates.filter { isSubscribed($0, key) { room.contains($0.1) } }
    case .user(let user):
      let near = user.rooms.reduce(0) { $0 + $1.members.count }
      var candidates = metadata.subscribers(of: key)
      if near < all {
        // Fewer to look at this way round.
        var seen = Set(user.connections).union(monitors.watchers(of: user.folded))
        for room in user.rooms { for member in room.members { seen.formUnion(member.user.connections) } }
        candidates = seen.sorted()
      }
      return candidates.filter { id in
        isSubscribed(id, key) { watching, watcher in
          watcher === user || watching.monitored[user.folded] != nil || user.rooms.contains { $0.contains(watcher) }
        }
      }
    }
  }

  private func isSubscribed(_ id: ConnectionID, _ key: String, sees: ((Session, User)) -> Bool) -> Bool {
    guard let session = sessions[id], session.isReachable, session.metadataKeys.contains(key), let user = session.user
    else { return false }
    return sees((session, user))
  }
}

/// Before a connection has registered (the token `before-connect`): its own metadata only, which its user gets with the welcome.
enum EarlyMetadata {
  static func run(_ subcommand: String, of name: String, _ rest: [String], _ call: ConnectionCall) {
    let (core, session, reply) = (call.core, call.session, call.reply)
    guard name == "*" else {
      return reply.fail(
        "METADATA", "KEY_NO_PERMISSION", [TextLimit.truncate(name, toBytes: 128), "*"],
        "Until you have registered, only your own metadata is yours to see")
    }
    switch subcommand {
    case "SYNC": reply.numeric(.metadataSyncLater, "*", "1", "Try again when you have registered")
    case "SET": set(rest[0], rest.count > 1 ? rest[1] : "", call)
    case "CLEAR":
      let keys = session.earlyMetadata.keys.sorted()
      session.earlyMetadata = [:]
      MetadataBatch("*", core, reply).write { batch in for key in keys { batch.unset("*", key) } }
    default:
      let keys = subcommand == "LIST" ? session.earlyMetadata.keys.sorted() : rest
      MetadataBatch("*", core, reply).write { batch in
        for key in keys {
          if !MetadataKey.isValid(key) {
            batch.warnInvalid(key)
          } else if let value = session.earlyMetadata[key] {
            batch.value("*", key, value)
          } else {
            batch.unset("*", key)
          }
        }
      }
    }
  }

  private static func set(_ key: String, _ value: String, _ call: ConnectionCall) {
    let (configuration, session, reply) = (call.core.configuration, call.session, call.reply)
    guard MetadataKey.isValid(key) else {
      return reply.fail("METADATA", "INVALID_KEY", [TextLimit.truncate(key, toBytes: 64)], "Invalid key")
    }
    if let words = MetadataCommand.obstacle(key, value, configuration) {
      return reply.fail("METADATA", "INVALID_VALUE", [key], words)
    }
    guard value.isEmpty || session.earlyMetadata[key] != nil || session.earlyMetadata.count < configuration.metadataKeys
    else {
      return reply.fail(
        "METADATA", "LIMIT_REACHED", ["SET", "*", String(configuration.metadataKeys)], "Too many keys are set")
    }
    session.earlyMetadata[key] = value.isEmpty ? nil : value
    reply.numeric(
      value.isEmpty ? .keyNotSet : .keyValue, ["*", key] + (value.isEmpty ? ["Key not set"] : ["*", value]))
  }
}
