import ParleyTerminalKit

/// Commands about one message, which its tag names.
extension ChatProgram {
  func runOnMessage(_ name: CommandName, _ arguments: Arguments) {
    var arguments = arguments
    let tag = arguments.word() ?? ""
    guard let id = tags.message(tag), let row = engine.message(id) else {
      return remark("There is no message \(tag) on the screen: its two letters stand before it.", .alarm)
    }
    guard row.chat == current || name == .show else {
      let place = chats[row.chat].map(self.name) ?? "another chat"
      return remark("\(tag) is a message of \(place), and not of this chat: /go \(place) first.", .alarm)
    }
    let what = "/\(name.rawValue) \(tag)"
    switch name {
    case .reply: send(arguments.rest, to: row.chat, replyTo: row.id)
    case .react:
      let reaction = Self.emoji(arguments.rest)
      request(what, { () throws(Failure) in try engine.react(row.id, reaction) })
    case .unreact:
      let reaction = Self.emoji(arguments.rest)
      request(what, { () throws(Failure) in try engine.unreact(row.id, reaction) })
    case .edit: request(what, { () throws(Failure) in try engine.edit(row.id, arguments.rest) })
    case .redact: request(what, { () throws(Failure) in try engine.redact(row.id, reason: arguments.text) })
    case .resend:
      unacknowledged.insert(row.id)
      request(what, { () throws(Failure) in try engine.resend(row.id) })
    case .discard:
      request(what, { () throws(Failure) in try engine.discard(row.id) }) { [unowned self] _ in
        self.remark("\(tag) is dropped.")
      }
    case .show: screen.write(.whole(row.id))
    default: break
    }
  }

  /// `:heart:` and `heart` are what they name.
  private static func emoji(_ text: String) -> String {
    Emoji.named(text.filter { $0 != ":" }) ?? text
  }
}
