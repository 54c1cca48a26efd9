import IRC
import ParleyStore

/// TOPIC: shows or sets a room's topic.
enum TopicCommand {
  static let command = Command(name: "TOPIC", minimumParameters: 1, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let core = call.core
    let name = call.parameters[0]
    guard let room = core.rooms[FoldedName(name)], !room.isHidden(from: call.user) else {
      call.reply.numeric(.noSuchChannel, name, "No such channel")
      return true
    }
    guard call.parameters.count > 1 else {
      core.afterEverything(writingTo: call.reply) { _ in show(room, to: call.reply, evenIfNone: true) }
      return true
    }
    guard room.contains(call.user) else {
      call.reply.numeric(.notOnChannel, room.name, "You're not on that channel")
      return true
    }
    guard !room.has("t") || room.rank(of: call.user) >= Roles.halfOperator.rank else {
      call.reply.numeric(.chanOpPrivsNeeded, room.name, "You're not a channel operator")
      return true
    }
    set(room, TextLimit.truncate(call.parameters[1], toBytes: limit(in: room, call)), call)
    return true
  }

  /// Bytes of a topic: what every line that shows it has room for, LIST's with the number of members being the longest answer.
  private static func limit(in room: Room, _ call: UserCall) -> Int {
    let answer =
      ": 322   10000000 :\r\n".utf8.count + call.configuration.serverName.utf8.count + call.configuration.nickLength
    let change = ": TOPIC  :\r\n".utf8.count + call.user.source.utf8.count
    return max(0, min(call.configuration.topicLength, 512 - room.name.utf8.count - max(answer, change)))
  }

  private static func set(_ room: Room, _ topic: String, _ call: UserCall) {
    let core = call.core
    let change = RoomChange(room, core)
    room.record.topic = topic
    room.record.topicSetBy = call.user.source
    room.record.topicSetAt = core.now
    core.storeRoom(
      room, change, [],
      [Message(source: call.user.source, command: "TOPIC", parameters: [room.name, topic])], call)
  }

  /// RPL_TOPIC and who set it, as they have been shown by now.
  static func show(_ room: Room, to reply: Reply, evenIfNone: Bool) {
    let record = room.shownRecord
    guard !record.topic.isEmpty else {
      if evenIfNone { reply.numeric(.noTopic, record.name, "No topic is set") }
      return
    }
    reply.numeric(.topic, record.name, record.topic)
    if let time = record.topicSetAt {
      reply.numeric(.topicWhoTime, record.name, record.topicSetBy, String(time.seconds))
    }
  }
}

extension Core {
  /// A room has changed: stored, then shown to the room; taken back if it cannot be stored.
  /// - Parameter show: what else is shown along.
  func storeRoom(
    _ room: Room, _ change: RoomChange, _ changes: [Change], _ lines: [Message], _ call: UserCall,
    show: @escaping () -> Void = {}
  ) {
    change.begin(changes, room, self)
    chargeChange(call.session, in: [room])
    let events = lines.map { roomEvent($0, in: room, by: call.user) }
    let bytes = events.reduce(0) { $0 + $1.text.utf8.count }
    guard let takeBack = chargeGuest(call.user, call.session, bytes: bytes) else {
      change.takeBack(room, self)
      return call.reply.fail(call.message.command, "QUOTA_EXCEEDED", [room.name], Self.quotaWords)
    }
    room.beginChange(from: change.before)
    var told: [Delivery] = []
    var hasFailed = false
    func giveUp(_ core: Core) {
      hasFailed = true
      takeBack(core)
      change.takeBack(room, core)
    }
    func fail() {
      call.reply.fail(
        call.message.command, "STORE_UNAVAILABLE", [room.name], "The change could not be stored; nothing changed")
    }
    transact(
      Transaction([.putRoom(room.record)] + changes + events.map { .append($0) }), for: call.session,
      undo: giveUp, fail: { _, _ in fail() },
      settle: { core, outcome in
        // The room is damaged on the disk.
        guard case .committed(let receipts) = outcome else {
          giveUp(core)
          return fail()
        }
        change.end(room)
        told = zip(events, receipts).map { HistoryLine.delivery($0, $1) }
      })
    afterEverything(writingTo: call.reply) { core in
      room.endChange(hasFailed ? nil : change.after)
      guard !hasFailed else { return }
      show()
      for delivery in told {
        call.reply.send(delivery)
        core.emit(.deliver(delivery, to: .room(room.id, except: call.session.id)))
      }
    }
  }
}
