import IRC
import ParleyStore

/// SETNAME: a new real name (IRCv3 setname).
enum SetnameCommand {
  static let command = Command(name: "SETNAME", minimumParameters: 1, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let core = call.core
    let user = call.user
    guard let name = call.parameter(0), name.utf8.count <= call.configuration.realnameLength else {
      call.reply.fail(
        "SETNAME", "INVALID_REALNAME", [], "A real name has 1 to \(call.configuration.realnameLength) bytes")
      return true
    }
    guard core.mayAppear(user, call.session, "SETNAME", call.reply) else { return true }
    let before = user.realname
    let face = user.face
    user.realname = name
    user.earlierFace.begin(face)
    core.chargeChange(call.session, in: user.rooms, of: user)
    let rooms = user.rooms.map(\.id)
    var hasFailed = false
    if let account = user.account {
      account.record.realname = name
      core.transact(
        Transaction(.setProfile(account.id, nick: account.record.nick, realname: name)), for: call.session,
        undo: { _ in
          hasFailed = true
          user.realname = before
          account.record.realname = before
        },
        fail: { _, _ in
          call.reply.fail("SETNAME", "STORE_UNAVAILABLE", [], "The change could not be stored; nothing changed")
        })
    }
    let line = Message(source: user.source, command: "SETNAME", parameters: [name])
    core.afterEverything(writingTo: call.reply) { core in
      user.earlierFace.end(hasFailed ? nil : { $0.realname = name })
      guard !hasFailed else { return }
      if call.session.has(.setname) { call.reply.send(line) }
      core.tellPeers(
        of: user, in: rooms, line, except: [call.session], requires: .setname, includingSelf: true)
    }
    return true
  }
}
