public import ParleyCache

/// What a host can ask an engine to do. Checked before it is made: ids are those of things that are there, texts are valid.
public enum Command: Sendable {
  // The engine and its identities
  case networkChanged
  case setValue(key: String, value: String?)
  case addIdentity(Int64)  // its settings are in the directory already
  case removeIdentity(Int64)
  case setIdentity(Int64, key: String, value: String)
  case connect(Int64)
  case disconnect(Int64, reason: String)
  case register(Int64, email: String?)
  case verify(Int64, code: String)
  case away(Int64, String?)
  case raw(Int64, String)
  case rooms(Int64, pattern: String?)
  case ignore(Int64, String, isIgnored: Bool)
  case ignored(Int64)
  case answer(question: Int64, secret: [UInt8]?, keep: Int32)

  // Chats
  case openChat(ChatRow)
  case removeChat(Int64)
  case setChat(Int64, key: String, value: String?)
  case join(chat: Int64, key: String?)
  case leave(chat: Int64, reason: String)
  case topic(chat: Int64, String)
  case invite(chat: Int64, nick: String)
  case kick(chat: Int64, nick: String, reason: String)
  case typing(chat: Int64, state: Int)

  // Messages
  case send(chat: Int64, kind: Int64, text: String, replyTo: Int64)
  case resend(message: Int64)
  case discard(message: Int64)
  case react(message: Int64, String, isAdded: Bool)
  case redact(message: Int64, reason: String)
  case edit(message: Int64, text: String)
  case read(message: Int64)
  case backfill(gap: Int64)
}
