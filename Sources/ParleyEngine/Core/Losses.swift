import IRC
import ParleyCache
import ParleySession
import SQLite

// What the server had and has lost, because it was restored from a copy that is older. Every run of a server is an epoch: what it
// stores has ids and numbers that nothing before had. Messages that were here before an epoch was met are lost if the server's
// history does not have them where it should. They stay here, marked.
//
// Numbers grow within what a server has. They tell nothing of what it has lost: its clock may have been behind since.
extension EngineCore {
  /// The server does not have the cursor's message: the newest one that both have takes its place.
  func rewound(
    _ messages: [ReceivedMessage], _ isComplete: Bool, _ chat: Int64, _ session: ClientSession, _ identity: Identity
  ) throws(SQLiteError) {
    guard case .catchingUp(var catching) = conversations[chat]?.sync, var row = conversations[chat]?.row else { return }
    var common: ReceivedMessage?
    // What is of the new epoch comes behind it, also what we have said there already.
    let before = numberBefore(session, identity) ?? .max
    for message in messages.reversed() where common == nil {
      if try cache.wasHere(networkID: message.position.networkID, in: chat, upTo: before) { common = message }
    }
    catching.pages += 1
    catching.rewindsTo = nil
    if let common {
      row.cursor = Cursor(common.position)
    } else if isComplete || messages.isEmpty {
      row.cursor = .start
    } else if let oldest = messages.first, catching.pages < Self.maximumRewindingPages {
      catching.rewindsTo = oldest.position
    } else {
      row.cursor = messages.first.map { Cursor($0.position) } ?? .start
    }
    let isFound = catching.rewindsTo == nil
    if isFound { catching.pages = 0 }
    conversations[chat]?.sync = .catchingUp(catching)
    if isFound { try update(row) }
    ask(isFound ? .after : .rewind, chat, session, identity)
  }

  private static let maximumRewindingPages = 10
  /// Beyond these, hosts are told once for the chat.
  private static let mostToldLosses = 100

  /// Remembers what is here when an epoch of the server is met for the first time.
  func meetEpoch(_ session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    guard let epoch = session.epoch, numberBefore(session, identity) == nil else { return }
    try set(identity, HiddenKey.before, "\(epoch) \(cache.highestMessage)")
  }

  /// Messages with higher numbers have come since the server began its epoch; nil: it has none, or it has not been met.
  private func numberBefore(_ session: ClientSession, _ identity: Identity) -> Int64? {
    guard let epoch = session.epoch, let words = identity.state.settings[HiddenKey.before]?.split(separator: " "),
      words.count == 2, words[0] == String(epoch)
    else { return nil }
    return Int64(words[1])
  }

  /// Marks messages of earlier epochs that ought to be in a page and are not.
  ///
  /// - Parameters:
  ///   - cursor: what the page begins behind, or its oldest message. nil: not known.
  ///   - last: the last sequence for which the page speaks; nil: it goes up to now.
  func markLost(
    _ messages: [ReceivedMessage], after cursor: Cursor?, through last: Int64?, _ chat: Int64, _ session: ClientSession
  ) throws(SQLiteError) {
    // Of what stands before the first contact nothing is known.
    guard let cursor, cursor.sequence > 0 || cursor == .start, cursor.sequence < last ?? .max,
      let identity = conversations[chat].flatMap({ identities[$0.row.identity] }),
      let before = numberBefore(session, identity)
    else { return }
    let lost = try writing().markLost(
      chat: chat, in: cursor.sequence + 1...(last ?? .max), except: Set(messages.map(\.position.networkID)),
      upTo: before)
    if lost.isEmpty { return }
    note(1, "chat=\(chat) the server has lost \(lost.count) messages")
    if lost.count <= Self.mostToldLosses {
      for message in lost { emit(.changed, chat: chat, message: message) }
    } else {
      emit(.history, chat: chat)
    }
    changed(chat: chat)
  }

  /// The server has begun a new epoch, and it has not been found out yet whether it still has what was said in private.
  ///
  /// Messages of persons wait meanwhile: a cursor that had moved on could not show a loss any more.
  func needsVerification(_ session: ClientSession, _ identity: Identity) -> Bool {
    guard let epoch = session.epoch.map(String.init) else { return false }
    return identity.state.settings[HiddenKey.epoch] != epoch
  }

  /// A private conversation whose newest message is the newest one here: a restored server has everything that is older than what it
  /// has. Its time may be that of another message, which is lost; its number is not.
  func isIntact(_ chat: Int64, newest target: HistoryTarget, _ session: ClientSession) throws(SQLiteError) -> Bool {
    guard session.epoch != nil, let cursor = conversations[chat]?.row.cursor, !cursor.networkID.isEmpty,
      cursor.time == target.time, target.sequence > 0, cursor.sequence == target.sequence
    else { return false }
    // What we have said may be here already, behind a hole.
    return try !cache.hasMessages(chat: chat, after: cursor.sequence)
  }

  /// Asks about the private conversations of which the list of targets has not shown that nothing is lost.
  func verifyPersons(_ session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    guard needsVerification(session, identity) else { return }
    for (chat, conversation) in conversations(of: identity)
    where conversation.isPerson && !identity.personsIntact.contains(chat) {
      guard identity.personsCatchingUp.insert(chat).inserted else { continue }
      try catchUp(chat, session, identity)
    }
  }

  /// Every private conversation has been compared with the server's.
  func personsAreVerified(_ session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    guard needsVerification(session, identity), !identity.hasUnverified else { return }
    try set(identity, HiddenKey.epoch, session.epoch.map(String.init))
  }

  /// The server knows nobody of this name, so that it has no such conversation: it was restored from a copy that is older than the
  /// account. What was said with guests it removes after a time, and nothing is said about it.
  func conversationIsUnknown(_ chat: Int64, _ session: ClientSession) throws(SQLiteError) {
    guard try !cache.hasMessagesOfGuests(chat: chat) else { return }
    try markLost([], after: .start, through: nil, chat, session)
  }
}

extension Position {
  /// The next place behind a cursor.
  init(behind cursor: Cursor) {
    self.init(
      networkID: "", time: cursor.time.adding(milliseconds: 1), sequence: cursor.sequence > 0 ? cursor.sequence + 1 : 0)
  }
}
