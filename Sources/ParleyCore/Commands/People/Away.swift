import IRC

/// AWAY: says that one is not there, and why; without text that one is back. `AWAY *`: this device is connected, but nobody is at it
/// (IRCv3 "pre-away", which also allows it before registration).
enum AwayCommand {
  static let command = Command(name: "AWAY", minimumParameters: 0, handler: .connection(run))

  private static func run(_ call: ConnectionCall) -> Bool {
    let limit = call.core.configuration.awayLength
    let given = call.message.parameters.first.flatMap { $0.isEmpty ? nil : TextLimit.truncate($0, toBytes: limit) }
    switch call.session.phase {
    case .registered(let user):
      guard set(given, user, call) else { return true }
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

  /// - Returns: false if it was refused.
  private static func set(_ given: String?, _ user: User, _ call: ConnectionCall) -> Bool {
    let (core, session) = (call.core, call.session)
    let (before, message, wasUnattended) = (user.face, user.awayMessage, session.isUnattended)
    session.isUnattended = given == "*" && session.has(.draftPreAway)
    // What another device said of its person stands.
    if !session.isUnattended { user.awayMessage = given }
    if user.away != before.away {
      guard core.mayAppear(user, session, "AWAY", call.reply) else {
        (user.awayMessage, session.isUnattended) = (message, wasUnattended)
        return false
      }
      core.chargeChange(session, in: user.rooms, of: user)
    }
    core.announceAway(user, after: before)
    return true
  }
}
