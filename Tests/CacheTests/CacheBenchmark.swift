import IRC
import ParleyCache
import SQLite
import Testing

/// Prints figures; asserts none of them.
@Suite("CacheBenchmark", .serialized)
struct CacheBenchmark {
  private static let chats: Int64 = 200
  private static let messages: Int64 = 100_000

  private func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    try ContinuousClock().measure(body) / .milliseconds(1)
  }

  private func median(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
    try (0..<count).map { _ in try milliseconds(body) }.sorted()[count / 2]
  }

  /// A message of twelve words, eight of them from a vocabulary of 5,000.
  private func row(_ n: Int64, in chat: Int64) -> MessageRow {
    let words = (Int64(0)..<8).map { (index: Int64) -> String in
      let number = (n * 7_919 + index * 104_729) % 5_000
      return "word\(number)"
    }.joined(separator: " ")
    return said("so this is \(words) common", by: "nick\(n % 50)", at: n, sequence: n, id: "id-\(n)-abcdefgh", in: chat)
  }

  @Test("opening, paging, inserting, searching with 100,000 messages in 200 chats")
  func figures() throws {
    let folder = try Folder()
    var cache = try folder.open()
    try cache.turn { () throws(SQLiteError) in
      try cache.insertIdentity(IdentityRow(id: me, settings: ["nick": "me"]))
      for id in 1...Self.chats {
        try cache.insertChat(ChatRow(id: id, identity: me, kind: .room, name: "#\(id)", foldedName: "#\(id)"))
      }
    }
    var next: Int64 = 0
    func add(_ count: Int64, to chat: (Int64) -> Int64) throws {
      let rows = (next..<next + count).map { row($0, in: chat($0)) }
      next += count
      let time = try milliseconds {
        try cache.turn { () throws(SQLiteError) in for row in rows { try cache.insert(row) } }
      }
      rates.append(Double(count) / time * 1_000)
    }
    var rates: [Double] = []
    while next < Self.messages {
      // Half of them in one chat.
      try add(1_000) { $0 % 2 == 0 ? 1 : $0 % Self.chats + 1 }
      try cache.idle()
    }
    print("bench: inserting 1,000 in a transaction: \(Int(rates.sorted()[rates.count / 2])) rows/s")
    rates = []
    for _ in 0..<200 { try add(1) { _ in 1 } }
    print("bench: inserting one in a transaction: \(Int(rates.sorted()[rates.count / 2])) rows/s")
    // Closed while a second connection is open: the write-ahead log stays, as after a crash.
    let bystander = try Database(path: folder.file, access: .query)
    _ = try bystander.number("SELECT count(*) FROM chats")
    for isClean in [false, true] {
      cache = try Cache(path: nil, vfs: nil)
      let time = try milliseconds {
        cache = try folder.open()
        _ = try cache.identities()
        let chats = try cache.chats()
        #expect(chats.count == Int(Self.chats))
        _ = try cache.outbox(identity: me)
      }
      print("bench: opening\(isClean ? "" : " behind a log"): \(time) ms")
    }
    let reader = try cache.makeReader()
    var anchor: Int64 = 0
    func page() throws {
      let rows = try reader.history(chat: 1, anchor: anchor, before: 50, after: 0) ?? []
      anchor = rows.first?.id ?? 0
    }
    print("bench: first page of 50: \(try milliseconds(page)) ms, then: \(try median(200, page)) ms")
    func search(_ query: String) throws -> Double {
      try median(5) {
        let found = try reader.search(chat: 0, query: query, before: 0, limit: 50)
        #expect(found?.isEmpty == false)
      }
    }
    print("bench: search, a rare word: \(try search("word4321")) ms, one in every message: \(try search("common")) ms")
    let end = Timestamp(milliseconds: .max)
    let marking = try milliseconds {
      _ = try cache.turn { () throws(SQLiteError) in try cache.setMarker(chat: 1, upTo: end) }
    }
    print("bench: marking 50,000 as read: \(marking) ms")
    let deleting = try milliseconds { try cache.turn { () throws(SQLiteError) in try cache.deleteChat(1) } }
    print("bench: deleting a chat of 50,000: \(deleting) ms")
  }
}
