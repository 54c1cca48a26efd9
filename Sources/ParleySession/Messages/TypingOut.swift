public import IRC

/// What we have told others about our typing (IRCv3 client tag typing).
struct TypingOut {
  /// "any `typing` notification is not sent within 3 seconds of another one for a given target".
  static let pause: Int64 = 3_000
  static let maximum = 64

  struct Entry {
    let chat: String
    var state: TypingState
    var sentAt: Timestamp
    /// What has to be told as soon as the pause is over.
    var waiting: TypingState?

    var due: Timestamp { sentAt.adding(milliseconds: TypingOut.pause) }
  }

  var entries: [String: Entry] = [:]

  var deadline: Timestamp? { entries.values.lazy.filter { $0.waiting != nil }.map(\.due).min() }

  /// Whether a notification goes out now; else it waits or is not needed.
  mutating func allows(_ chat: String, folded: String, _ state: TypingState, at now: Timestamp) -> Bool {
    guard var entry = entries[folded] else {
      // Nobody was told that we type.
      guard state == .active else { return false }
      if entries.count >= Self.maximum { dropOldest() }
      entries[folded] = Entry(chat: chat, state: state, sentAt: now)
      return true
    }
    let isDue = entry.due <= now || entry.sentAt > now
    entry.waiting = nil
    defer { entries[folded] = entry }
    if state == .active ? !isDue : state == entry.state { return false }
    guard isDue else {
      entry.waiting = state
      return false
    }
    entry.state = state
    entry.sentAt = now
    return true
  }

  /// A message ends typing by itself.
  mutating func said(_ folded: String) { entries[folded] = nil }

  private mutating func dropOldest() {
    if let oldest = entries.min(by: { $0.value.sentAt < $1.value.sentAt })?.key { entries[oldest] = nil }
  }
}

extension ClientSession {
  /// Tells a chat whether we type; call it as often as one likes. Nothing where it is not supported.
  public func typing(chat: String, _ state: TypingState, now: Timestamp) {
    self.now = now
    guard phase == .ready, !isQuitting, supports(.typing), isTarget(chat), !isOwnNick(chat) else { return }
    if typingOut.allows(chat, folded: fold(chat), state, at: now) { tellTyping(chat, state) }
  }

  func flushTyping() {
    guard let deadline = typingOut.deadline, deadline <= now else { return }
    for (folded, entry) in typingOut.entries {
      guard let state = entry.waiting, entry.due <= now else { continue }
      if typingOut.allows(entry.chat, folded: folded, state, at: now) { tellTyping(entry.chat, state) }
    }
  }

  /// 401, 403, 404 that no command takes: if it was only our typing that did not arrive, nobody needs to know.
  func handleNoTarget(_ line: Incoming) {
    if typingOut.entries[fold(line.parameter(1))] == nil { sayNumeric(line) }
  }

  private func tellTyping(_ chat: String, _ state: TypingState) {
    let words: [TypingState: String] = [.active: "active", .paused: "paused", .done: "done"]
    let message = Message(tags: [Tag("+typing", words[state] ?? "done")], command: "TAGMSG", parameters: [chat])
    if problem(of: message) == nil { write(message) }
  }
}
