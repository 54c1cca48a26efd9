public import IRC

/// What a session can be asked to do once it is ready. Each is finished by one `SessionEvent.finished` with its tag.
public enum SessionCommand: Sendable, Equatable {
  /// A text of one line, or with `lines` of several. `counter`: of the idempotency key (0: none); the same counter again is a retry.
  case send(chat: String, kind: MessageKind, text: String, replyTo: String, counter: UInt64)
  case react(chat: String, networkID: String, reaction: String, isAdded: Bool)
  case redact(chat: String, networkID: String, reason: String)
  case edit(chat: String, networkID: String, text: String)
  case join(room: String, key: String?)
  case part(room: String, reason: String)
  case topic(room: String, String)
  case invite(room: String, nick: String)
  case kick(room: String, nick: String, reason: String)
  case nick(String)
  /// nil: back.
  case away(String?)
  case list(pattern: String?)
  /// A nick, or a mask.
  case ignore(String, isIgnored: Bool)
  case ignored
  case history(chat: String, HistoryRange, limit: Int)
  /// Private conversations with messages between two times, oldest first.
  case targets(after: Timestamp, before: Timestamp, limit: Int)
  /// Sets the read marker.
  case mark(chat: String, Timestamp)
  /// Makes an account of the current nick; asks for the password by `secretNeeded(.newAccount)`.
  case register(email: String?)
  case verify(account: String, code: String)
  case raw(String)
}

public enum HistoryRange: Sendable, Equatable {
  /// The newest.
  case latest
  /// The newest that lie after the position.
  case latestAfter(Position)
  /// From the oldest after the position on.
  case after(Position)
  /// The newest before the position.
  case before(Position)
  /// The newest first, between two positions.
  case between(newer: Position, older: Position)
}

/// What a network may be able to do; the names are those of `parley_supports`.
public enum Feature: String, Sendable, CaseIterable {
  case accounts, registration, history, keys, echo, replies, reactions, typing, redaction, editing, markers, lines,
    ignoring, search
}
