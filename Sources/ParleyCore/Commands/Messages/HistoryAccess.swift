import ParleyStore

/// Who may read what of the log. Asked when a question comes and again when its answer is there: somebody may have been put out of
/// the room meanwhile.
extension Core {
  /// Up to where in the log a conversation does not exist for somebody; nil: it may not read it at all.
  ///
  /// Members read all that a room keeps, with room mode `J` only what came after they had joined.
  func historyStart(of conversation: Conversation, for user: User) -> LogPosition? {
    guard case .room(let id) = conversation else { return 0 }
    guard let room = user.rooms.first(where: { $0.id == id }), let member = room.member(user) else { return nil }
    return room.has("J") ? member.since : 0
  }

  /// What has been found, as far as it may still be read.
  func readable(_ result: QueryResult, of conversation: Conversation, for user: User) -> QueryResult {
    guard case .events(let events) = result else { return result }
    guard let start = historyStart(of: conversation, for: user) else {
      return .failed(StoreError(.unavailable, "no member any more"))
    }
    return .events(start == 0 ? events : events.filter { $0.receipt.position > start })
  }
}
