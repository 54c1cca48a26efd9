import IRC

/// LUSERS: how many people and rooms there are.
enum LUsersCommand {
  static let command = Command(
    name: "LUSERS", minimumParameters: 0,
    handler: .user { call in
      write(to: call.reply, call.core, call.user)
      return true
    })

  static func write(to reply: Reply, _ core: Core, _ user: User) {
    let invisible = core.invisibleCount
    let all = core.users.count
    reply.numeric(
      .lUserClient, "There are \(all - invisible) users and \(invisible) invisible on 1 servers")
    reply.numeric(.lUserOp, String(core.operatorCount), "operator(s) online")
    let unknown = core.sessions.count - core.registeredSessions
    if unknown > 0 { reply.numeric(.lUserUnknown, String(unknown), "unregistered connection(s)") }
    reply.numeric(.lUserChannels, String(core.visibleRooms), "channels formed")
    reply.numeric(.lUserMe, "I have \(all) clients and 1 servers")
    reply.numeric(
      .localUsers, String(all), String(core.peakUsers), "Current local users \(all), max \(core.peakUsers)")
    reply.numeric(
      .globalUsers, String(all), String(core.peakUsers), "Current global users \(all), max \(core.peakUsers)")
  }
}
