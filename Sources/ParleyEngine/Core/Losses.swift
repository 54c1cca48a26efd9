import IRC
import ParleyCache
import ParleySession
import SQLite

// What the server had and has lost, because it was restored from a copy that is older. Every run of a server is an epoch: what it
// stores has ids and numbers that nothing before had, and the numbers are above those of all earlier epochs. So messages that we
// have, of earlier epochs, are lost if they are not where the server's history has a hole. They stay here, marked.
extension EngineCore {
  /// The server does not have the cursor's message: the newest one that both have takes its place.
  func rewound(
    _ messages: [ReceivedMessage], _ isComplete: Bool, _ chat: Int64, _ session: ClientSession, _ identity: Identity
  ) throws(SQLiteError) {
    guard case .catchingUp(var catching) = conversations[chat]?.sync, var row = conversations[chat]?.row else { return }
    var common: ReceivedMessage?
    for message in messages.reversed() where common == nil {
      if try cache.message(networkID: message.position.networkID, in: chat) != nil { common = message }
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

  /// Marks messages of earlier epochs that ought to be in a page and are not.
  ///
  /// - Parameter cursor: what the page begins behind.
  func markLost(
    _ messages: [ReceivedMessage], isComplete: Bool, after cursor: Cursor, _ chat: Int64, _ session: ClientSession
  ) throws(SQLiteError) {
    // Of what stands before the first contact nothing is known.
    guard let epoch = session.epoch, cursor.sequence > 0 || cursor == .start else { return }
    let end = isComplete ? epoch : min(epoch, messages.last?.position.sequence ?? epoch)
    let lost = try writing().markLost(
      chat: chat, after: cursor, through: end, except: Set(messages.map(\.position.networkID)))
    if lost.isEmpty { return }
    note(1, "chat=\(chat) the server has lost \(lost.count) messages")
    if lost.count <= Self.mostToldLosses {
      for message in lost { emit(.changed, chat: chat, message: message) }
    } else {
      emit(.history, chat: chat)
    }
    changed(chat: chat)
  }

  /// Asks about private conversations that nobody has written in since, one after the other from the one with the newest message on: as
  /// soon as the server still has what it is asked about, it has everything that is older.
  func verifyPersons(_ session: ClientSession, _ identity: Identity) throws(SQLiteError) {
    guard let epoch = session.epoch.map(String.init), identity.personsCatchingUp.isEmpty,
      identity.state.settings[HiddenKey.epoch] != epoch
    else { return }
    let next = conversations(of: identity)
      .filter { chat, conversation in
        conversation.isPerson && !identity.personsVerified.contains(chat)
          && conversation.row.cursor.map { !$0.networkID.isEmpty } == true
      }
      .max { ($0.1.row.cursor?.time.milliseconds ?? 0) < ($1.1.row.cursor?.time.milliseconds ?? 0) }
    let isFirst = identity.personsVerified.isEmpty
    guard let (chat, _) = next, isFirst || identity.hasFoundLoss else {
      try set(identity, HiddenKey.epoch, epoch)
      return
    }
    identity.hasFoundLoss = false
    identity.personsCatchingUp.insert(chat)
    try catchUp(chat, session, identity)
  }
}

extension Position {
  /// The next place behind a cursor.
  init(behind cursor: Cursor) {
    self.init(
      networkID: "", time: cursor.time.adding(milliseconds: 1), sequence: cursor.sequence > 0 ? cursor.sequence + 1 : 0)
  }
}
