import IRC

/// ISON: which of these nicks have a connected device.
enum IsonCommand {
  static let command = Command(name: "ISON", minimumParameters: 1, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let asked = call.parameters.flatMap { $0.split(separator: " ").map(String.init) }
    let present = asked.prefix(100).compactMap { call.core.users[FoldedName($0)] }.filter { !$0.sessions.isEmpty }
    call.reply.numeric(.ison, present.map(\.nick).joined(separator: " "))
    return true
  }
}
