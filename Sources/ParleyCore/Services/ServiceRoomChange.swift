import Crypto
import IRC
import ParleyStore

/// Changes to a room that a service makes for somebody who need not be in it: applied as they come, stored together, then shown to
/// the room and told to whoever asked.
struct ServiceRoomChange {
  let room: Room
  let call: ServiceCall
  private let change: RoomChange
  private var lines: [Message] = []
  var changes: [Change] = []

  init(_ room: Room, _ call: ServiceCall) {
    self.room = room
    self.call = call
    change = RoomChange(room, call.core)
  }

  /// A member's role changes, in its membership as well.
  mutating func setRoles(_ roles: Roles, of user: User) {
    guard let member = room.member(user), member.roles != roles else { return }
    if let account = user.account, let change = room.keepRoles(roles, of: account) { changes.append(change) }
    change.setRoles(roles, of: user, in: room)
    if let account = user.account {
      changes.append(
        .putMembership(
          MembershipRecord(room: room.id, account: account.id, roles: roles.rawValue, joinedAt: member.joinedAt)))
    }
    let gained = roles.subtracting(member.roles).letters.map {
      ModeChange(adding: true, mode: $0, parameter: user.nick)
    }
    let lost = member.roles.subtracting(roles).letters.map { ModeChange(adding: false, mode: $0, parameter: user.nick) }
    show(ModeGrammar.format(gained + lost))
  }

  mutating func show(_ modes: String, _ parameters: [String]) { show([modes] + parameters) }

  private mutating func show(_ words: [String]) {
    lines.append(
      Message(source: call.service.source(call.core), command: "MODE", parameters: [room.name] + words))
  }

  func commit(success: String) {
    let (room, call, change, lines) = (room, call, change, lines)
    change.begin(changes, room, call.core)
    call.core.chargeChange(call.session, in: [room])
    room.beginChange(from: change.before)
    let members = change.changedUsers.compactMap { room.member($0) }
    var hasFailed = false
    func undo(_ core: Core) {
      hasFailed = true
      change.takeBack(room, core)
    }
    func fail() { call.say("The change could not be stored; nothing changed.") }
    call.core.transact(
      Transaction([.putRoom(room.record)] + changes), for: call.session, undo: undo, fail: { _, _ in fail() },
      settle: { core, outcome in
        // The room is damaged on the disk.
        guard case .refused = outcome else { return change.end(room) }
        undo(core)
        fail()
      })
    call.core.afterEverything(writingTo: call.reply) { core in
      room.endChange(hasFailed ? nil : change.after)
      guard !hasFailed else { return }
      for member in members { room.showRoles(member.roles, member.number, of: member.user) }
      for line in lines { core.deliver(line, to: .room(room.id, except: nil)) }
      call.say(success)
      core.endIfEmpty(room)
    }
  }
}

extension Core {
  /// What somebody has to repeat to show that they mean it. It depends on nothing but what is to be done.
  func confirmationCode(_ purpose: String, _ object: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(
      for: Array("confirm \(purpose) \(object)".utf8), using: SymmetricKey(data: secret))
    let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789".utf8)
    return String(decoding: code.prefix(8).map { alphabet[Int($0 & 31)] }, as: UTF8.self)
  }

  /// A room that nothing keeps any more.
  func endIfEmpty(_ room: Room) {
    guard room.members.isEmpty, !room.isKept, !room.isVoid, rooms[room.folded] === room else { return }
    rooms[room.folded] = nil
    transact(
      Transaction(.deleteRoom(room.id)),
      undo: { core in
        if core.rooms[room.folded] == nil { core.rooms[room.folded] = room }
        core.unsettled.hasEmptyRooms = true
      })
  }
}
