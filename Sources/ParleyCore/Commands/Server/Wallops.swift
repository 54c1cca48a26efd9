import IRC

/// WALLOPS: an operator's word to everybody with user mode `w` (modern.ircdocs.horse, "WALLOPS message"). Not stored.
enum WallopsCommand {
  static let command = Command(name: "WALLOPS", minimumParameters: 1, handler: .serverOperator(run))

  private static func run(_ call: UserCall) -> Bool {
    guard let text = call.parameter(0) else {
      call.reply.numeric(.needMoreParams, "WALLOPS", "Not enough parameters")
      return true
    }
    let line = Message(source: call.user.source, command: "WALLOPS", parameters: [text]).fitted()
    let listeners = call.core.users.values.filter(\.wantsWallops).sorted { $0.folded < $1.folded }
    call.core.deliver(line, by: call.user, to: .connections(listeners.flatMap(\.connections)))
    return true
  }
}
