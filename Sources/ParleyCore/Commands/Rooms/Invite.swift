import IRC
import ParleyStore

/// INVITE: lets somebody into a room once, past +i, key, limit and bans. It reaches people as a private message does: mode R, silences and
/// the limit on strangers apply. An account that is not connected is shown it when it signs in.
enum InviteCommand {
  static let command = Command(name: "INVITE", minimumParameters: 0, handler: .user(run))

  /// Whom it is for: somebody with a nick, or an account that is not here.
  private struct Invitee {
    let user: User?
    let account: Account?

    var nick: String { user?.nick ?? account?.name ?? "*" }
    var identity: Identity? { user?.identity ?? account?.identity }
    var away: String? { user == nil ? User.disconnectedNotice : user?.away }

    init?(_ nick: String, _ core: Core) {
      let known = core.accounts[nick].flatMap { $0.isStored && !core.accounts.isUnverified($0) ? $0 : nil }
      user = core.users[FoldedName(nick)] ?? known?.user
      account = user == nil ? known : user?.account
      if user == nil, account == nil { return nil }
    }
  }

  private static func run(_ call: UserCall) -> Bool {
    let core = call.core
    if call.parameters.isEmpty { return list(call) }
    guard call.parameters.count > 1 else {
      call.reply.numeric(.needMoreParams, "INVITE", "Not enough parameters")
      return true
    }
    let nick = call.parameters[0]
    let name = call.parameters[1]
    guard let invitee = Invitee(nick, core), let identity = invitee.identity else {
      call.reply.numeric(.noSuchNick, nick.isEmpty ? "*" : nick, "No such nick")
      return true
    }
    guard let room = core.rooms[FoldedName(name)] else {
      call.reply.numeric(.noSuchChannel, name, "No such channel")
      return true
    }
    guard room.contains(call.user) else {
      call.reply.numeric(.notOnChannel, room.name, "You're not on that channel")
      return true
    }
    if let user = invitee.user, room.contains(user) {
      call.reply.numeric(.userOnChannel, user.nick, room.name, "is already on channel")
      return true
    }
    guard !room.has("i") || room.rank(of: call.user) >= Roles.halfOperator.rank else {
      call.reply.numeric(.chanOpPrivsNeeded, room.name, "You're not a channel operator")
      return true
    }
    let reception = core.reception(of: call.user, by: invitee.user, invitee.account)
    if reception == .refused {
      call.reply.numeric(.needReggedNick, invitee.nick, "Only signed-in people may invite them (+R)")
      return true
    }
    let verdict = SpeechVerdict(.person(identity), "", stored: 0, call)
    if verdict.refuses(invitee.nick, call) { return true }
    if let user = invitee.user, call.user.isRegisteredOnly { _ = call.user.accepted.add(user) }
    core.chargeChange(call.session, in: [room])
    invite(invitee, to: room, isHeard: reception != .silenced, verdict, call)
    return true
  }

  private static func invite(
    _ invitee: Invitee, to room: Room, isHeard: Bool, _ verdict: SpeechVerdict, _ call: UserCall
  ) {
    let core = call.core
    // Anybody may point somebody to an open room; only those who could lift a ban can let people past it.
    let entry = Invitations.Entry(
      room: room.id, inviter: call.user.identity, source: call.user.source, time: core.now,
      admits: room.rank(of: call.user) >= Roles.halfOperator.rank,
      isFromStranger: Invitations.isStranger(call.user.account?.record, at: core.certainTime))
    var hasFailed = false
    if let account = invitee.account {
      let before = account.invitations
      var changes: [Change] = []
      if isHeard {
        let (kept, forgotten) = account.invitations.add(entry)
        changes = forgotten.map { .removeInvitation(account.id, $0) } + [.putInvitation(kept.record(for: account.id))]
      }
      // Without a change as well: the answer to somebody who is silenced waits and fails as every other answer does.
      core.transact(
        Transaction(changes), for: call.session,
        undo: { core in
          hasFailed = true
          if isHeard { account.invitations = before }
          verdict.takeBack(core)
        },
        fail: { _, _ in
          call.reply.fail(
            "INVITE", "STORE_UNAVAILABLE", [invitee.nick, room.name],
            "The invitation could not be stored; nobody has seen it")
        })
    } else if isHeard {
      invitee.user?.invitations.add(entry)
    }
    let line = Message(source: call.user.source, command: "INVITE", parameters: [invitee.nick, room.name])
    let away = invitee.away
    core.afterEverything(writingTo: call.reply) { core in
      guard !hasFailed else { return }
      call.reply.numeric(.inviting, invitee.nick, room.name)
      if let away { call.reply.numeric(.away, invitee.nick, away) }
      if isHeard, let user = invitee.user ?? invitee.account?.user {
        core.deliver(line, by: call.user, to: .connections(user.reachableConnections()))
      }
      // invite-notify: those who could have invited are told, too.
      var witnesses: [ConnectionID] = []
      for member in room.members where member.roles.rank >= Roles.halfOperator.rank {
        witnesses += member.user.connections(except: call.session)
      }
      core.deliver(line, by: call.user, to: .connections(witnesses), requires: .inviteNotify)
    }
  }

  /// The rooms one is invited to and has not entered.
  private static func list(_ call: UserCall) -> Bool {
    let invitations = call.user.invitations.entries.filter { $0.isValid(at: call.core.certainTime) }
    for id in invitations.map(\.room).sorted() {
      if let room = call.core.rooms[order: id.rawValue] { call.reply.numeric(.inviteList, room.name) }
    }
    call.reply.numeric(.endOfInviteList, "End of /INVITE list")
    return true
  }
}
