import IRC
import ParleyStore
import Testing

/// Where a reader's log begins, for every `Store`.
@Suite("Beginnings", .serialized)
struct MembershipConformance {
  @Test("events up to a position of the log do not exist for who came after it", arguments: StoreKind.all)
  func afterPosition(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    for number in 1...3 {
      try store.append(message("\(number)"))
      try store.append(message("elsewhere", to: Conversation(alice, bob)))
    }
    for (position, expected) in [(LogPosition(0), ["1", "2", "3"]), (1, ["2", "3"]), (4, ["3"]), (5, []), (.max, [])] {
      for range in [HistoryRange.latest(after: nil), .after(.sequence(0)), .before(.sequence(9)), .missed(after: 0)] {
        var query = HistoryQuery(conversation: lobby, range: range, limit: 10)
        query.after = position
        #expect(try store.reader().history(query).map(\.text) == expected, "\(position) \(range)")
      }
    }
  }

  @Test("a membership remembers where the log was when it began", arguments: StoreKind.all)
  func membershipSince(kind: StoreKind) throws {
    let store = try kind.makePlace().open()
    var member = MembershipRecord(
      room: RoomID(1), account: AccountID(1), roles: 0, joinedAt: Timestamp(milliseconds: 1))
    _ = try store.outcome(.createAccount(account(1, "a")), .putRoom(room(1, "#lobby")))
    try store.append(message("before"))
    _ = try store.outcome(.append(message("with it")), .putMembership(member))
    try store.append(message("after"))
    member.roles = 1
    _ = try store.outcome(.putMembership(member))
    #expect(try store.load().memberships.map(\.since) == [2] && store.load().memberships.map(\.roles) == [1])
    _ = try store.outcome(.removeMembership(RoomID(1), AccountID(1)), .putMembership(member))
    #expect(try store.load().memberships.map(\.since) == [3])
  }
}
