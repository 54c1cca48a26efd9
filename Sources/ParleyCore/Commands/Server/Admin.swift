import IRC

/// ADMIN: whom to ask about this server (modern.ircdocs.horse, "ADMIN message"). What it says is the setting `admin`.
enum AdminCommand {
  static let command = Command(
    name: "ADMIN", minimumParameters: 0,
    handler: .user { call in
      guard ServerTarget.isThisServer(call.parameter(0), call) else { return true }
      guard !call.configuration.admin.isEmpty else {
        call.reply.numeric(.noAdminInfo, call.configuration.serverName, "No administrative info available")
        return true
      }
      call.reply.numeric(.adminMe, call.configuration.serverName, "Administrative info")
      call.reply.numeric(.adminLoc1, call.configuration.networkName)
      call.reply.numeric(.adminEmail, call.configuration.admin)
      return true
    })
}
