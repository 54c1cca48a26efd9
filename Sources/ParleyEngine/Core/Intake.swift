import IRC
import ParleyCache
import ParleySession
import SQLite

/// How much of what a server tells unasked is kept: a large amount at once, and a pace after that. Without a bound a hostile server
/// could fill the disk.
struct Intake {
  static let mostRows: Int64 = 100_000
  static let mostBytes: Int64 = 134_217_728
  private static let rowsPerSecond: Int64 = 200
  private static let bytesPerSecond: Int64 = 262_144
  /// What a row takes beside its text.
  private static let frame: Int64 = 256

  private var rows = mostRows
  private var bytes = mostBytes
  private var filledAt: Timestamp?

  /// - Returns: false: there is no room for it.
  mutating func take(bytes count: Int, at now: Timestamp) -> Bool {
    fill(at: now)
    rows -= 1
    bytes -= Int64(count) + Self.frame
    return rows >= 0 && bytes >= 0
  }

  private mutating func fill(at now: Timestamp) {
    guard let last = filledAt else {
      filledAt = now
      return
    }
    let passed = min(now.milliseconds.subtractingReportingOverflow(last.milliseconds).partialValue, 3_600_000)
    guard passed >= 100 else { return }
    filledAt = now
    rows = min(Self.mostRows, max(0, rows) + passed * Self.rowsPerSecond / 1_000)
    bytes = min(Self.mostBytes, max(0, bytes) + passed * Self.bytesPerSecond / 1_000)
  }
}

// What is kept of what servers send.
extension EngineCore {
  /// Chats of one identity. What comes in others is shown in the server's chat.
  static let mostChats = 4_096
  /// Rows of a server's chat, and how many more there may be until the oldest ones go.
  private static let mostNotices = 1_000
  private static let noticesAtOnce = 100
  private static let longestNotice = 4_096

  /// Counts something that the server has told. When that is too much, the connection ends, and the next one comes after a pause.
  func admits(_ bytes: Int, _ identity: Identity) throws(SQLiteError) -> Bool {
    if identity.intake.take(bytes: bytes, at: now) { return true }
    guard let session = identity.session, !session.wantsClose else { return false }
    note(1, "identity=\(identity.id) the server sends more than is kept")
    session.quit(reason: "", now: now)
    identity.onlineSince = nil
    identity.failures = max(identity.failures, 7)
    scheduleRetry(identity, result: .flood, reason: "The server sends more than can be kept.")
    return false
  }

  /// Whether another chat would be one too many.
  func isFull(_ identity: Identity) -> Bool {
    let count = conversations.values.count { $0.row.identity == identity.id }
    let isFull = count >= Self.mostChats
    if identity.state.isFull != isFull {
      identity.state.isFull = isFull
      changed(identity)
    }
    return isFull
  }

  /// A line for the server's chat, which keeps the newest ones.
  func storeNotice(_ row: MessageRow, _ identity: Identity) throws(SQLiteError) {
    var row = row
    row.text = TextLimit.truncate(row.text, toBytes: Self.longestNotice)
    guard try admits(row.text.utf8.count, identity) else { return }
    try store(row)
    identity.notices += 1
    guard identity.notices >= Self.noticesAtOnce else { return }
    identity.notices = 0
    try writing().trim(chat: row.chat, to: Self.mostNotices)
  }
}
