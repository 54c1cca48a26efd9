import Foundation
import IRC
import ParleyCache
import SQLite
import Testing

@Suite("Opening")
struct OpeningTests {
  @Test("a new cache is empty, and its file belongs to its owner alone")
  func new() throws {
    let folder = try Folder()
    let cache = try folder.open()
    #expect(try cache.identities().isEmpty)
    #expect(try cache.chats().isEmpty)
    #expect([cache.highestIdentity, cache.highestChat, cache.highestMessage] == [0, 0, 0])
    let attributes = try FileManager.default.attributesOfItem(atPath: folder.file)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test("everything is there again after closing and opening")
  func again() throws {
    let folder = try Folder()
    var cache = try folder.open()
    try cache.settle()
    try cache.add(said("hello", at: 5, sequence: 1, id: "a"))
    let queued = try cache.send("hi", request: 77)
    #expect(queued.request == 77)
    try cache.turn { () throws(SQLiteError) in try cache.setValue("window", "80x25") }
    let before = (try cache.chats(), try cache.rows(), try cache.identities())
    cache = try folder.open()
    #expect(try cache.chats() == before.0)
    #expect(try cache.rows() == before.1)
    #expect(try cache.identities() == before.2)
    #expect(try cache.value("window") == "80x25")
    // Requests end with the process.
    var expected = queued
    expected.request = 0
    #expect(try cache.outbox(identity: me) == [expected])
  }

  @Test("a file of a newer version is refused and left alone")
  func newer() throws {
    let folder = try Folder()
    try folder.open().settle()
    let database = try Database(path: folder.file, access: .readWrite)
    let version = try database.number("PRAGMA user_version") ?? 0
    try database.execute("PRAGMA user_version = 99")
    let error = #expect(throws: SQLiteError.self) { try folder.open() }
    #expect(error?.message.contains("newer") == true)
    try database.execute("PRAGMA user_version = \(version)")
    #expect(try folder.open().chats().count == 2)
  }

  @Test("somebody else's SQLite file is refused")
  func foreign() throws {
    let folder = try Folder()
    try Database(path: folder.file, access: .create).execute("CREATE TABLE recipes(name)")
    #expect(throws: SQLiteError.self) { try folder.open() }
  }

  @Test("damage is an error", arguments: [0, 100])
  func damaged(offset: Int) throws {
    let folder = try Folder()
    try folder.open().settle()
    var bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file))
    for index in offset..<min(offset + 3_000, bytes.count) { bytes[index] = 0xa5 }
    try bytes.write(to: URL(fileURLWithPath: folder.file))
    #expect(throws: SQLiteError.self) { try folder.open() }
  }

  @Test("a file that was cut off is damaged")
  func truncated() throws {
    let folder = try Folder()
    try folder.open().settle()
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file))
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: folder.file))
    #expect(throws: SQLiteError.self) { try folder.open() }
  }

  @Test("a folder that is not there is an error")
  func missing() {
    #expect(throws: SQLiteError.self) { try Cache(path: "/nowhere/at/all/cache.db", vfs: nil) }
  }

  @Test("two caches in memory know nothing of each other")
  func memory() throws {
    let one = try Cache.settled()
    let other = try Cache(path: nil, vfs: nil)
    #expect(try one.chats().count == 2)
    #expect(try other.chats().isEmpty)
  }
}

@Suite("Identities and chats")
struct DirectoryTests {
  @Test("values of the host are set, changed and removed; readers see them")
  func values() throws {
    let cache = try Cache.settled()
    let reader = try cache.makeReader()
    try cache.turn { () throws(SQLiteError) in try cache.setValue("place", "1") }
    try cache.turn { () throws(SQLiteError) in try cache.setValue("place", "2") }
    #expect(try reader.value("place") == "2")
    try cache.turn { () throws(SQLiteError) in try cache.setValue("place", nil) }
    #expect(try reader.value("place") == nil)
    #expect(try cache.value("place") == nil)
  }

  @Test("an identity's settings are set and removed one by one")
  func identitySettings() throws {
    let cache = try Cache.settled()
    try cache.turn { () throws(SQLiteError) in
      try cache.setIdentity(me, key: "x-color", value: "red")
      try cache.setIdentity(me, key: "nick", value: "myself")
      try cache.setIdentity(me, key: "link", value: nil)
    }
    #expect(try cache.identities() == [IdentityRow(id: me, settings: ["nick": "myself", "x-color": "red"])])
  }

  @Test("a chat keeps what it is told, and its settings")
  func chatFields() throws {
    let cache = try Cache.settled()
    var row = try cache.room()
    row.topic = "tea"
    row.isWanted = true
    row.key = "secret"
    row.memberCount = 12
    row.cursor = cursor("m1", at: 77, sequence: 3)
    row.name = "#LOBBY"
    // Follows from messages, and is not for others to write.
    row.unread = 99
    try cache.turn { () throws(SQLiteError) in
      try cache.updateChat(row)
      try cache.setChat(lobby, key: "draft", value: "dear all")
      try cache.setChat(lobby, key: "muted", value: "1")
      try cache.setChat(lobby, key: "muted", value: nil)
    }
    row.settings = ["draft": "dear all"]
    row.unread = 0
    #expect(try cache.chat(lobby) == row)
    #expect(try cache.chats().map(\.id) == [lobby, bob])
    #expect(try cache.chats().first == row)
    #expect(try cache.chat(99) == nil)
  }

  @Test("one name, one chat")
  func names() throws {
    let cache = try Cache.settled()
    #expect(throws: SQLiteError.self) {
      try cache.turn { () throws(SQLiteError) in
        try cache.insertChat(ChatRow(id: 3, identity: me, kind: .room, name: "#LOBBY", foldedName: "#lobby"))
      }
    }
    #expect(try cache.chats().count == 2)
  }

  @Test("ids are never given twice")
  func ids() throws {
    let folder = try Folder()
    var cache = try folder.open()
    try cache.settle()
    let message = try cache.add(said("bye"))
    try cache.turn { () throws(SQLiteError) in try cache.deleteIdentity(me) }
    cache = try folder.open()
    #expect(cache.highestIdentity == me)
    #expect(cache.highestChat == bob)
    #expect(cache.highestMessage >= message)
  }

  @Test("a chat goes with all that hangs on it, and leaves the others alone")
  func deleteChat() throws {
    let cache = try Cache.settled()
    let reader = try cache.makeReader()
    let gone = try cache.add(said("apple", id: "a"))
    let kept = try cache.add(said("apple pie", id: "b", in: bob))
    _ = try cache.send("apple juice")
    try cache.turn { () throws(SQLiteError) in
      _ = try cache.insertGap(chat: lobby, ends: GapEnds(older: nil, newer: cursor("a", at: 1_000)), isClosable: true)
      try cache.replaceMembers(chat: lobby, [MemberRow(nick: "bob", account: nil, roles: "@", isAway: false)])
      try cache.setReaction(chat: lobby, networkID: "a", nick: "eve", text: "+", isAdded: true, isOwn: false)
      try cache.deleteChat(lobby)
    }
    #expect(try cache.chats().map(\.id) == [bob])
    #expect(try cache.rows().isEmpty)
    #expect(try reader.message(gone) == nil)
    #expect(try cache.outbox(identity: me).isEmpty)
    #expect(try reader.members(chat: lobby).isEmpty)
    #expect(try cache.gaps(chat: lobby).isEmpty)
    #expect(try reader.search(chat: 0, query: "apple", before: 0, limit: 10)?.map(\.id) == [kept])
  }

  @Test("an identity goes with its chats, outbox and settings")
  func deleteIdentity() throws {
    let cache = try Cache.settled()
    try cache.add(said("x"))
    _ = try cache.send("y", in: bob)
    try cache.turn { () throws(SQLiteError) in try cache.deleteIdentity(me) }
    #expect(try cache.identities().isEmpty)
    #expect(try cache.chats().isEmpty)
    #expect(try cache.pendingCount(identity: me) == 0)
    #expect(try cache.makeReader().arrivals(chat: 0, after: 0, limit: 10).isEmpty)
  }

  @Test("members come back in the order they were given in")
  func members() throws {
    let cache = try Cache.settled()
    let first = [MemberRow(nick: "zoe", account: "zoe", roles: "@+", isAway: true)]
    let second = [
      MemberRow(nick: "bob", account: nil, roles: "@", isAway: false),
      MemberRow(nick: "amy", account: "", roles: "", isAway: true),
    ]
    try cache.turn { () throws(SQLiteError) in try cache.replaceMembers(chat: lobby, first) }
    #expect(try cache.makeReader().members(chat: lobby) == first)
    try cache.turn { () throws(SQLiteError) in try cache.replaceMembers(chat: lobby, second) }
    #expect(try cache.makeReader().members(chat: lobby) == second)
    #expect(try cache.makeReader().members(chat: bob).isEmpty)
  }

  @Test("nothing is written outside a transaction, and a rolled back one leaves nothing behind")
  func transactions() throws {
    let cache = try Cache.settled()
    #expect(throws: SQLiteError.self) { try cache.insert(said("alone")) }
    #expect(throws: SQLiteError.self) { try cache.commit() }
    try cache.begin()
    _ = try cache.insert(said("never"))
    _ = try cache.enqueue(said("never", by: "me"), identity: me, request: 5)
    #expect(try cache.room().unread == 1)
    cache.rollBack()
    cache.rollBack()
    #expect(try cache.room().unread == 0)
    #expect(try cache.room().last == 0)
    #expect(try cache.texts().isEmpty)
    // What was given before may have been seen.
    let highest = cache.highestMessage
    #expect(try cache.add(said("now")) > highest)
  }

  @Test("a message for a chat that is not there is refused")
  func noChat() throws {
    let cache = try Cache.settled()
    #expect(throws: SQLiteError.self) { try cache.add(said("?", in: 9)) }
    try cache.begin()
    #expect(throws: SQLiteError.self) { try cache.enqueue(said("?", by: "me"), identity: 9, request: 0) }
    cache.rollBack()
    #expect(try cache.texts().isEmpty)
  }
}
