import IRC
import ParleyCache
import ParleyEngine
import SQLite
import Seeded

/// One life of an engine's process: all that is lost when it ends.
final class EngineProcess {
  let cache: Cache
  let reader: CacheReader
  let directory: DirectoryBox
  let core: EngineCore
  /// 0: it has none yet.
  var identity: Int64
  /// Chats by the names of their targets.
  var chats: [String: Int64] = [:]

  /// - Throws: when the disk does not let it start; the process has ended then.
  init(disk: Disk, dice: Dice, clock: EngineTime) throws(SQLiteError) {
    cache = try disk.openCache()
    reader = try cache.makeReader()
    directory = DirectoryBox(highestIdentity: cache.highestIdentity, highestChat: cache.highestChat)
    core = try EngineCore(
      cache: cache, directory: directory, clientName: "Simulation", random: SeededRandom(seed: dice.next()), now: clock)
    identity = try cache.identities().first?.id ?? 0
    for row in try cache.chats() where row.kind != .server { chats[row.name] = row.id }
  }

  var state: IdentityState? { directory.identity(identity) }

  func isJoined(_ room: String) -> Bool { chats[room].flatMap { directory.chatState($0)?.isJoined } ?? false }

  func isWanted(_ room: String) -> Bool { chats[room].flatMap { directory.chatState($0)?.row.isWanted } ?? false }

  /// All rows of a chat, oldest first.
  func rows(of chat: Int64) throws(SQLiteError) -> [MessageRow] {
    try reader.history(chat: chat, anchor: 0, before: 100_000, after: 0) ?? []
  }
}

extension MessageRow {
  /// Somebody said it: a text, a notice or an action.
  var isSaid: Bool { (1...3).contains(kind) }
  /// Messages are missing here.
  var isGap: Bool { kind == 32 }

  var seen: Seen {
    Seen(messageID: networkID, time: time.iso8601, sequence: Int(sequence), sender: nick, text: text)
  }
}
