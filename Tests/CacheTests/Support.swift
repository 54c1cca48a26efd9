import CSimulatedDisk
import Foundation
import IRC
import ParleyCache
import SQLite
import Synchronization
import Testing

// MARK: - Where caches are

/// A temporary folder, gone with the object.
final class Folder {
  let path: String

  init() throws {
    var template = Array("\(FileManager.default.temporaryDirectory.path)/parley-cache-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw CocoaError(.fileWriteUnknown) }
    path = String(cString: made)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var file: String { path + "/cache.db" }

  func open() throws(SQLiteError) -> Cache { try Cache(path: file, vfs: nil) }
}

/// A disk that crashes and fails on demand.
final class SimulatedDisk {
  private static let count = Atomic<Int>(0)

  let name: String
  let disk: OpaquePointer

  init(seed: UInt64) throws {
    name = "simulated-cache-\(Self.count.add(1, ordering: .relaxed).newValue)"
    disk = try #require(simulated_disk_create(name, seed))
  }

  deinit { simulated_disk_destroy(disk) }

  func open() throws(SQLiteError) -> Cache { try Cache(path: "/cache.db", vfs: name) }

  var operations: UInt64 { simulated_disk_operations(disk) }
  var crashes: UInt64 { simulated_disk_crashes(disk) }
  func crash() { simulated_disk_crash(disk) }
  func crash(at n: UInt64) { simulated_disk_crash_at(disk, n) }
  func fail(at n: UInt64, _ code: Int32) { simulated_disk_fail_at(disk, n, code) }
  func setBudget(_ bytes: Int64) { simulated_disk_set_budget(disk, bytes) }
}

// MARK: - Who is there

/// Identity 1 with the room #lobby (chat 1) and bob (chat 2).
let me: Int64 = 1
let lobby: Int64 = 1
let bob: Int64 = 2

extension Cache {
  /// A transaction; an error rolls it back.
  @discardableResult
  func turn<R>(_ body: () throws(SQLiteError) -> R) throws(SQLiteError) -> R {
    try begin()
    do throws(SQLiteError) {
      let result = try body()
      try commit()
      return result
    } catch {
      rollBack()
      throw error
    }
  }

  /// Moves in: identity and chats.
  func settle() throws(SQLiteError) {
    try turn { () throws(SQLiteError) in
      try insertIdentity(IdentityRow(id: me, settings: ["nick": "me", "link": "ircs://example.org"]))
      try insertChat(ChatRow(id: lobby, identity: me, kind: .room, name: "#Lobby", foldedName: "#lobby"))
      try insertChat(ChatRow(id: bob, identity: me, kind: .person, name: "Bob", foldedName: "bob"))
    }
  }

  static func settled() throws(SQLiteError) -> Cache {
    let cache = try Cache(path: nil, vfs: nil)
    try cache.settle()
    return cache
  }

  /// Inserts in a transaction of its own and returns the id, new or known.
  @discardableResult
  func add(_ row: MessageRow, pending: Bool = false, before newer: Cursor? = nil) throws(SQLiteError) -> Int64 {
    switch try turn({ () throws(SQLiteError) in try insert(row, pending: pending, before: newer) }) {
    case .inserted(let id), .duplicate(let id), .returned(let id): id
    }
  }

  /// Enqueues in a transaction of its own.
  func send(_ text: String, in chat: Int64 = lobby, at time: Int64 = 1_000, request: Int64 = 0) throws(SQLiteError)
    -> OutboxRow
  {
    try turn { () throws(SQLiteError) in
      try enqueue(said(text, by: "me", at: time, in: chat), identity: me, request: request)
    }
  }

  @discardableResult
  func acknowledge(_ row: OutboxRow, _ networkID: String, at time: Int64, sequence: Int64 = 0) throws(SQLiteError)
    -> Int64?
  {
    try turn { () throws(SQLiteError) in
      try acknowledge(
        message: row.message, networkID: networkID, time: Timestamp(milliseconds: time), sequence: sequence)
    }
  }

  func rows(in chat: Int64 = lobby) throws(SQLiteError) -> [MessageRow] {
    try makeReader().history(chat: chat, anchor: 0, before: 1_000_000, after: 0) ?? []
  }

  /// The texts of a chat in order; a gap is "…".
  func texts(in chat: Int64 = lobby) throws(SQLiteError) -> [String] {
    try rows(in: chat).map { $0.kind == 32 ? "…" : $0.text }
  }

  func room() throws -> ChatRow { try #require(try chat(lobby)) }
}

// MARK: - What they say

/// Text of somebody; kind 1.
func said(
  _ text: String, by nick: String = "bob", at time: Int64 = 1_000, sequence: Int64 = 0, id: String = "",
  in chat: Int64 = lobby
) -> MessageRow {
  var row = MessageRow(chat: chat, kind: 1, time: Timestamp(milliseconds: time))
  row.text = text
  row.nick = nick
  row.isOwn = nick == "me"
  row.isMention = text.contains("me")
  row.sequence = sequence
  row.networkID = id
  return row
}

/// A row of what happened: somebody came in.
func joined(_ nick: String, at time: Int64 = 1_000) -> MessageRow {
  var row = MessageRow(chat: lobby, kind: 16, time: Timestamp(milliseconds: time))
  row.nick = nick
  row.text = "+\(nick)"
  return row
}

func cursor(_ id: String, at time: Int64, sequence: Int64 = 0) -> Cursor {
  Cursor(networkID: id, time: Timestamp(milliseconds: time), sequence: sequence)
}
