import IRC
import ParleyStore

/// PART: leaves rooms, for all devices of the account.
enum PartCommand {
  static let command = Command(name: "PART", minimumParameters: 1, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let reason = call.parameter(1).map { TextLimit.truncate($0, toBytes: call.configuration.kickLength) }
    return call.forEach(call.parameters[0].split(separator: ",").map(String.init)) { name in
      guard let room = call.core.rooms[FoldedName(name)] else {
        return call.reply.numeric(.noSuchChannel, name, "No such channel")
      }
      guard room.contains(call.user) else {
        return call.reply.numeric(.notOnChannel, room.name, "You're not on that channel")
      }
      leave(room, reason: reason, call)
    }
  }

  static func leave(_ room: Room, reason: String?, _ call: UserCall) {
    let core = call.core
    // It may have been put out of it while the list was being worked on.
    guard room.contains(call.user) else { return }
    core.chargeChange(call.session, in: [room])
    // Whoever may not speak there says nothing in leaving either.
    let reason = reason.flatMap { MessageCommand.maySay($0, in: room, call) ? $0 : nil }
    let line = Message(
      source: call.user.source, command: "PART", parameters: [room.name] + (reason.map { [$0] } ?? [])
    ).fitted()
    core.depart(call.user, from: room, line, reply: call.reply)
  }
}

extension Core {
  /// A user leaves a room by its own or another's will: stored, then shown to everybody in it.
  func depart(_ user: User, from room: Room, _ line: Message, reply: Reply) {
    let isKick = line.command == "KICK"
    let author = reply.session.user ?? user
    var delivery = makeDelivery(line, by: author)
    guard let member = room.member(user) else { return }
    let actor = reply.session
    room.remove(user)
    var changes: [Change] = []
    if let account = user.account { changes.append(.removeMembership(room.id, account.id)) }
    let isOver = room.members.isEmpty && !room.isKept
    if isOver {
      if rooms[room.folded] === room { rooms[room.folded] = nil }
      changes.append(.deleteRoom(room.id))
    }
    let event = roomEvent(line, in: room, by: author)
    if isKick || configuration.historyComings, !isOver { changes.append(.append(event)) }
    var hasFailed = false
    if !changes.isEmpty {
      transact(
        Transaction(changes), for: actor,
        undo: { core in
          hasFailed = true
          // The store still has it, whoever has gone meanwhile.
          if isOver, core.rooms[room.folded] == nil { core.rooms[room.folded] = room }
          core.unsettled.hasEmptyRooms = true
          if let account = user.account { core.unsettled.memberships.insert(.init(room: room.id, account: account.id)) }
          guard core.users[user.folded] === user else { return }
          room.takeBack(member)
        },
        fail: { _, _ in
          reply.fail(line.command, "STORE_UNAVAILABLE", [room.name], "The change could not be stored; nothing changed")
        },
        settle: { _, outcome in
          if case .committed(let receipts) = outcome, let receipt = receipts.first {
            delivery = HistoryLine.delivery(event, receipt)
          }
        })
    }
    let ids = user.connections
    let sessions = user.sessions
    afterEverything(writingTo: reply) { core in
      let wasShown = room.finishDeparture(member.number)
      guard !hasFailed else { return }
      guard wasShown else {
        if isKick {
          return reply.numeric(.userNotInChannel, user.nick, room.name, "They aren't on that channel")
        }
        return reply.numeric(.notOnChannel, room.name, "You're not on that channel")
      }
      reply.send(delivery)
      core.emit(.deliver(delivery, to: .room(room.id, except: actor.id)))
      for id in ids { core.emit(.part(id, room.id)) }
      core.remember(room, leftBy: member, on: sessions)
    }
  }
}
