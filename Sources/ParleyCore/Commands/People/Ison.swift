import IRC

/// ISON: which of these nicks have a connected device.
enum IsonCommand {
  static let command = Command(name: "ISON", minimumParameters: 1, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let asked = call.parameters.flatMap { $0.split(separator: " ").map(String.init) }
    let present = asked.prefix(100).compactMap { nick -> String? in
      if let service = Service.named(nick) { return service.nick }
      guard let user = call.core.users[FoldedName(nick)], !user.sessions.isEmpty else { return nil }
      return user.nick
    }
    guard !present.isEmpty else {
      call.reply.numeric(.ison, "")
      return true
    }
    call.reply.list(.ison, []) { list in for nick in present { list.add(nick) } }
    return true
  }
}
