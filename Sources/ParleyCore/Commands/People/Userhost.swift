import IRC

/// USERHOST: nick, away and host of up to five users.
enum UserhostCommand {
  static let command = Command(name: "USERHOST", minimumParameters: 1, handler: .user(run))

  private static func run(_ call: UserCall) -> Bool {
    let found = call.parameters.prefix(5).compactMap { call.core.users[FoldedName($0)] }
    let words = found.map { user in
      "\(user.nick)\(user.isOperator ? "*" : "")=\(user.away == nil ? "+" : "-")\(user.username)@\(user.host)"
    }
    guard !words.isEmpty else {
      call.reply.numeric(.userhost, "")
      return true
    }
    call.reply.list(.userhost, []) { list in for word in words { list.add(word) } }
    return true
  }
}
