import Foundation
import IRC
import ParleyStore
import ParleyTesting
import Testing

/// The scenes' store removes what the real one does.
@Suite("Retention in scenes")
struct RetentionParityTests {
  @Test func bothStoresKeepTheSame() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("parley-\(UUID().uuidString).db").path
    defer {
      for suffix in ["", "-wal", "-shm", ".lock", "-search"] {
        try? FileManager.default.removeItem(atPath: path + suffix)
      }
    }
    let stores: [any Store] = [try SQLiteStore(path: path, makeSecret: { (0..<32).map { $0 } }), MemoryStore()]
    let (alice, bob) = (Identity(rawValue: 11), Identity(rawValue: 12))
    let conversations = [Conversation.room(RoomID(1)), Conversation(alice, bob)]
    var kept: [[[String]]] = []
    for store in stores {
      let room = RoomRecord(id: RoomID(1), name: "#x", createdAt: Timestamp(milliseconds: 0))
      _ = try store.commit([Transaction(.putRoom(room))])
      for number in 1...10 {
        for conversation in conversations {
          _ = try store.commit([
            Transaction(
              .append(
                NewEvent(
                  conversation: conversation, kind: .message, sender: alice, source: "alice!a@b", account: "",
                  target: "x",
                  text: "\(number)", time: Timestamp(milliseconds: Int64(number) * 1_000))))
          ])
        }
      }
      _ = try store.commit([
        Transaction(.expire(RetentionPolicy(messages: 6, seconds: 3), now: Timestamp(milliseconds: 11_000)))
      ])
      while try store.maintain() {}
      let reader = try store.reader()
      kept.append(
        try conversations.map {
          try reader.history(HistoryQuery(conversation: $0, range: .latest(after: nil), limit: 100)).map(\.text)
        })
      store.close()
    }
    #expect(kept[0] == kept[1])
    #expect(kept[0] == [["8", "9", "10"], ["8", "9", "10"]])
  }
}
