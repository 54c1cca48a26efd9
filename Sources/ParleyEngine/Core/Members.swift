import IRC
import ParleyCache
import ParleySession
import SQLite

/// A room whose list of members is to be written, or was a moment ago.
struct StaleMembers {
  /// As the session spells it.
  var room: String
  var due: Timestamp
  /// Something has changed since the list was written.
  var isStale = true
}

// Members of rooms. Each change writes a room's list anew: that of a large room waits for more of them.
extension EngineCore {
  /// Lists below this many members are written with every turn that changes them.
  private static let largeRoom = 200
  /// Larger ones are written so often at most, in milliseconds.
  private static let membersPause: Int64 = 5_000

  func membersChanged(_ room: String, _ chat: Int64, _ session: ClientSession) throws(SQLiteError) {
    guard conversations[chat] != nil else { return }
    let count = session.memberCount(of: room)
    var stale = staleMembers[chat] ?? StaleMembers(room: room, due: now)
    stale.room = room
    stale.isStale = true
    if count < Self.largeRoom { stale.due = now }
    staleMembers[chat] = stale
    try setMemberCount(chat, count)
  }

  /// Writes a list that is due. One of a room that we have left meanwhile stays as it was last known.
  func writeMembers(_ chat: Int64) throws(SQLiteError) {
    guard let stale = staleMembers[chat], stale.due <= now else { return }
    staleMembers[chat] = nil
    guard stale.isStale, let conversation = conversations[chat], conversation.isJoined,
      let session = identities[conversation.row.identity]?.session
    else { return }
    let members = session.members(of: stale.room)
    try writing().replaceMembers(
      chat: chat,
      members.map { MemberRow(nick: $0.nick, account: $0.account, roles: $0.roles, isAway: $0.isAway) })
    try setMemberCount(chat, members.count)
    if members.count >= Self.largeRoom {
      staleMembers[chat] = StaleMembers(
        room: stale.room, due: now.adding(milliseconds: Self.membersPause), isStale: false)
    }
    emit(.members, chat: chat)
  }

  private func setMemberCount(_ chat: Int64, _ count: Int) throws(SQLiteError) {
    guard var row = conversations[chat]?.row, row.memberCount != Int64(count) else { return }
    row.memberCount = Int64(count)
    try update(row)
  }
}
