/// A row of a chat, copied from what the library lends.
package struct Row: Equatable, Sendable {
  package enum Kind: Sendable {
    case text, notice, action, joined, left, kicked, renamed, topic, mode, invited, info, gap
    /// A kind of a newer library: not shown.
    case unknown
  }

  package enum State: Sendable {
    case sent, pending, failed, removed, gone
  }

  package struct Reaction: Equatable, Sendable {
    package var text: String
    package var people: Int64
    package var isOwn: Bool

    package init(text: String, people: Int64, isOwn: Bool) {
      self.text = text
      self.people = people
      self.isOwn = isOwn
    }
  }

  package var id: Int64
  package var chat: Int64
  package var kind: Kind
  package var state = State.sent
  /// Why it failed: one of PARLEY_E_…, or 0.
  package var result: Int32 = 0
  package var isOwn = false
  package var isMention = false
  /// The text is not the first one.
  package var isEdited = false
  /// The server does not have it any more.
  package var isLost = false
  /// Milliseconds since 1970 UTC.
  package var time: Int64
  package var replyTo: Int64 = 0
  package var isReply = false
  package var nick: String
  package var account: String?
  package var text: String
  package var target: String?
  package var reason: String?
  package var networkID: String?
  /// The server's id of the message that it answers.
  package var replyNetworkID: String?
  package var reactions: [Reaction] = []

  package init(id: Int64, chat: Int64, kind: Kind, time: Int64, nick: String, text: String) {
    self.id = id
    self.chat = chat
    self.kind = kind
    self.time = time
    self.nick = nick
    self.text = text
  }

  /// Whether somebody said it, rather than something happened.
  package var isSaid: Bool { [.text, .notice, .action].contains(kind) }
}
