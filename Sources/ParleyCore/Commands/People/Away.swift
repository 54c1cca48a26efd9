import IRC

/// AWAY: says that one is not there, and why; without text that one is back.
enum AwayCommand {
  static let command = Command(name: "AWAY", minimumParameters: 0, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let text = call.parameter(0).map { TextLimit.truncate($0, toBytes: call.configuration.awayLength) }
    let hasChanged = call.user.awayMessage != text
    call.user.awayMessage = text
    if text == nil {
      call.reply.numeric(.unAway, "You are no longer marked as being away")
    } else {
      call.reply.numeric(.nowAway, "You have been marked as being away")
    }
    if hasChanged { call.core.announceAway(call.user) }
    return true
  }
}
