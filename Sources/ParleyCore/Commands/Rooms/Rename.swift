import IRC
import ParleyStore

/// RENAME (IRCv3 draft/channel-rename): a room gets another name and keeps everything else, its history included.
enum RenameCommand {
  static let command = Command(name: "RENAME", minimumParameters: 2, handler: .user(run))

  /// Seconds between two new names of a room: everybody's client redraws it.
  static let pause: Int64 = 60
  /// Clients that do not know the capability are told all members. So many nicks are told at most, over all of them.
  static let mostTold = 1_000_000

  private static func run(_ call: UserCall) -> Bool {
    let core = call.core
    guard let room = core.rooms[FoldedName(call.parameters[0])], !room.isHidden(from: call.user) else {
      call.reply.numeric(.noSuchChannel, call.parameters[0].isEmpty ? "*" : call.parameters[0], "No such channel")
      return true
    }
    guard room.contains(call.user) else {
      call.reply.numeric(.notOnChannel, room.name, "You're not on that channel")
      return true
    }
    // A registered room is known by its name, which is therefore its founder's to change.
    let isOwner = ChanServ.isFounder(call.user, of: room) || call.user.isOperator
    guard room.isRegistered ? isOwner : room.rank(of: call.user) >= Roles.operator.rank else {
      call.reply.numeric(
        .chanOpPrivsNeeded, room.name,
        room.isRegistered ? "Only its founder renames a registered channel" : "You're not a channel operator")
      return true
    }
    let name = call.parameters[1]
    if name == room.name { return true }
    let holder = core.rooms[FoldedName(name)]
    // Another room's name is answered by itself.
    let isTaken = holder != nil && holder !== room
    let reason = obstacle(room, name, call)
    if let words = reason ?? (isTaken ? nil : core.roomNameObstacle(name, for: call.user, renaming: room)) {
      let shown = TextLimit.truncate(name, toBytes: 64)
      call.reply.fail("RENAME", "CANNOT_RENAME", [room.name, shown], words)
      return true
    }
    if isTaken {
      call.reply.fail("RENAME", "CHANNEL_NAME_IN_USE", [room.name, name], "The channel name is already taken")
      return true
    }
    let words = TextLimit.truncate(call.parameter(2) ?? "", toBytes: call.configuration.kickLength)
    rename(room, to: name, words, call)
    return true
  }

  private static func obstacle(_ room: Room, _ name: String, _ call: UserCall) -> String? {
    guard Names.isValidChannel(name, maximumLength: call.configuration.channelLength) else {
      return "This is no name for a channel"
    }
    let lobby = call.configuration.lobby
    if !lobby.isEmpty, room.folded == FoldedName(lobby) { return "The lobby's name is a setting of the server" }
    if room.isPermanent, !call.user.isOperator { return "Only server operators rename a channel that is kept (+P)" }
    if let last = room.renamedAt, !call.user.isOperator, call.core.instant.seconds - last.seconds < pause {
      return "This channel has been renamed recently"
    }
    var told = 0
    for member in room.members {
      for session in member.user.sessions where !session.has(.draftChannelRename) { told += room.members.count }
    }
    return told > mostTold ? "Too many members have clients that do not understand it" : nil
  }

  private static func rename(_ room: Room, to name: String, _ reason: String, _ call: UserCall) {
    let core = call.core
    core.charge(call.session, WorkCost.change + room.members.count)
    let before = (name: room.name, time: room.renamedAt)
    let keys = (old: room.folded.description, new: FoldedName(name).description)
    let isOnlyCase = keys.old == keys.new
    let change = RoomChange(room, core)
    let instant = core.instant
    room.beginChange(from: room.record)
    core.rename(room, to: name)
    room.renamedAt = instant
    var nameChanges: [Change] = []
    if room.isKept, !isOnlyCase {
      nameChanges = core.reserve(before.name, for: room.record.founder) + core.reservations.remove(name)
    }
    change.begin(nameChanges, room, core)
    let markers = isOnlyCase ? [] : moveMarkers(of: room, from: keys.old, to: keys.new)

    var hasFailed = false
    let undo = { (core: Core) in
      hasFailed = true
      change.takeBack(room, core)
      if room.renamedAt == instant { room.renamedAt = before.time }
      // The name it has now: the one before may have been refused meanwhile.
      let name = room.folded.description
      for (user, old, new) in markers where name != keys.new && user.readMarkers[keys.new] == old {
        user.readMarkers[name] = old
        user.readMarkers[keys.new] = new
      }
    }
    var changes: [Change] = [.putRoom(room.record)] + nameChanges
    if !isOnlyCase { changes.append(.moveReadMarkers(room.id, from: keys.old, to: keys.new)) }
    func fail() {
      call.reply.fail(
        "RENAME", "STORE_UNAVAILABLE", [before.name, name], "The change could not be stored; nothing changed")
    }
    core.transact(
      Transaction(changes), for: call.session, undo: undo, fail: { _, _ in fail() },
      settle: { core, outcome in
        guard case .refused(let refusal) = outcome else { return change.end(room) }
        undo(core)
        if refusal == .damaged { return fail() }
        call.reply.fail("RENAME", "CHANNEL_NAME_IN_USE", [before.name, name], "The channel name is already taken")
      })
    let line = Message(source: call.user.source, command: "RENAME", parameters: [before.name, name, reason]).fitted()
    let delivery = core.makeDelivery(line, by: call.user, requires: .draftChannelRename)
    core.afterEverything(writingTo: call.reply) { core in
      room.endChange(hasFailed ? nil : change.after)
      guard !hasFailed else { return }
      tell(room, from: before.name, reason, delivery, isOnlyCase, call, core)
    }
  }

  /// What members have read of it stays read.
  private static func moveMarkers(
    of room: Room, from old: String, to new: String
  ) -> [(user: User, old: Timestamp, new: Timestamp?)] {
    var moved: [(user: User, old: Timestamp, new: Timestamp?)] = []
    for member in room.members {
      guard let time = member.user.readMarkers[old] else { continue }
      moved.append((member.user, time, member.user.readMarkers[new]))
      member.user.readMarkers[new] = time
      member.user.readMarkers[old] = nil
    }
    return moved
  }

  /// RENAME to those who know it; the others leave the old room and enter the new one (section "Fallback"), unless it is the
  /// same to them.
  private static func tell(
    _ room: Room, from old: String, _ reason: String, _ delivery: Delivery, _ isOnlyCase: Bool, _ call: UserCall,
    _ core: Core
  ) {
    call.reply.send(delivery)
    core.emit(.deliver(delivery, to: .room(room.id, except: call.session.id)))
    if isOnlyCase { return }
    for member in room.shownMembers {
      let face = member.user.shown
      for session in member.user.sessions where session.isReachable && !session.has(.draftChannelRename) {
        let reply = session === call.session ? call.reply : core.makeReply(session, label: nil)
        reply.send(
          Message(
            source: face.source, command: "PART", parameters: [old] + (reason.isEmpty ? [] : [reason])
          ).fitted())
        reply.send(core.joinDelivery(of: member.user, as: face, room.shownName))
        core.showRoom(room, to: member.user, reply: reply)
        if session.isMetadataAware { core.postponeMetadata(room.shownName, reply) }
        if reply !== call.reply { core.finish(reply) }
      }
    }
  }
}
