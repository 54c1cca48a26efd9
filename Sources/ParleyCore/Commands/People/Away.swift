import IRC

/// AWAY: says that one is not there, and why; without text that one is back. `AWAY *`: this device is connected, but nobody is at it
/// (IRCv3 "pre-away", which also allows it before registration).
enum AwayCommand {
  static let command = Command(name: "AWAY", minimumParameters: 0, handler: .connection(run))

  private static func run(_ call: ConnectionCall) -> Bool {
    let limit = call.core.configuration.awayLength
    let given = call.message.parameters.first.flatMap { $0.isEmpty ? nil : TextLimit.truncate($0, toBytes: limit) }
    switch call.session.phase {
    case .registered(let user): set(given, user, call)
    case .registering(let registration):
      guard call.session.has(.draftPreAway) else {
        call.reply.numeric(.notRegistered, "Register first")
        return true
      }
      call.session.isUnattended = given == "*"
      registration.awayMessage = given == "*" ? nil : given
    case .closed: return true
    }
    call.core.afterEverything(writingTo: call.reply) { _ in
      call.reply.addressee = call.session.shownAddressee
      if given == nil {
        call.reply.numeric(.unAway, "You are no longer marked as being away")
      } else {
        call.reply.numeric(.nowAway, "You have been marked as being away")
      }
    }
    return true
  }

  private static func set(_ given: String?, _ user: User, _ call: ConnectionCall) {
    let before = user.face
    call.session.isUnattended = given == "*" && call.session.has(.draftPreAway)
    // What another device said of its person stands.
    if !call.session.isUnattended { user.awayMessage = given }
    if user.away != before.away { call.core.chargeChange(call.session, in: user.rooms) }
    call.core.announceAway(user, after: before)
  }
}
