import IRC
import SQLite

/// Events that are to be removed, of many conversations. Each conversation loses its oldest ones first, and the last one removed is
/// remembered in `expired`: sequences go on behind it when nothing is left, positions are never given again, and what is missing can be
/// told from what was lost.
struct ExpiredRows {
  /// Rows removed in one slice: twice as many as have come since the last one, so that no load outruns it for long.
  private static let rowsPerSlice: ClosedRange<Int64> = 2_000...10_000
  /// Events of one conversation that are looked up together.
  private static let chunks = 16...256
  private static let spans: ClosedRange<Int64> = 1_024...1 << 24

  private struct Part {
    let conversation: Int64
    /// The first event that is still there.
    var first: ConversationRows.Row
    let through: Int64
  }

  private var parts: [Part] = []
  /// How many positions a slice goes over: as many as hold about the rows of a slice.
  private var span: Int64 = 8_192

  var isEmpty: Bool { parts.isEmpty }
  var count: Int { parts.count }

  mutating func add(_ conversation: Int64, _ first: ConversationRows.Row, through sequence: Int64) {
    parts.append(Part(conversation: conversation, first: first, through: sequence))
  }

  /// Removes those at the lowest positions, within the transaction at hand.
  mutating func removeSome(keepingUpWith growth: Int64, _ database: Database) throws(SQLiteError) {
    guard let start = parts.map(\.first.position).min() else { return }
    let most = Int(min(max(Self.rowsPerSlice.lowerBound, 2 * growth), Self.rowsPerSlice.upperBound))
    let end = start + span
    let chunk = min(max(Self.chunks.lowerBound, 2 * most / parts.count), Self.chunks.upperBound)
    var positions: [LogPosition] = []
    var removed: [(conversation: Int64, through: LogPosition)] = []
    for index in parts.indices where parts[index].first.position < end && positions.count < most {
      let rows = ConversationRows(parts[index].conversation, database)
      var last: ConversationRows.Row?
      var next: ConversationRows.Row? = parts[index].first
      while let from = next?.sequence, positions.count < most {
        let found = try rows.first(chunk, from: from)
        let gone = found.prefix { $0.sequence <= parts[index].through && $0.position < end }
        positions += gone.map(\.position)
        last = gone.last ?? last
        next = gone.count == found.count ? nil : found[gone.count]
        if gone.count < found.count { break }
        if let last, found.count == chunk { next = try rows.first(from: last.sequence + 1) }
      }
      if let last {
        try database.statement(
          "INSERT OR REPLACE INTO expired(conversation, sequence, position, time) VALUES (?, ?, ?, ?)"
        ).run(parts[index].conversation, last.sequence, last.position, last.time)
        removed.append((parts[index].conversation, last.position))
      }
      if let next, next.sequence <= parts[index].through {
        parts[index].first = next
      } else {
        parts[index].first.position = .max
      }
    }
    try Self.remove(positions.sorted(), database)
    for (conversation, position) in removed {
      try ConversationSides.removed(conversation, through: position, database)
    }
    parts.removeAll { $0.first.position == .max }
    if positions.count >= most {
      span = max(Self.spans.lowerBound, span / 2)
    } else if positions.count < most / 2 {
      span = min(Self.spans.upperBound, span * 2)
    }
  }

  private static func remove(_ positions: [LogPosition], _ database: Database) throws(SQLiteError) {
    // What a message said stands in what changed it, too.
    let erase = try database.statement(
      text: """
        UPDATE events SET kind = 0, text = '', tags = '', own_text = NULL,
          checksum = \(RowChecksum.unlessDamaged(RowChecksum.erased))
        WHERE reference = ? AND reference > 0 AND kind = ?
        """)
    let delete = try database.statement("DELETE FROM events WHERE position = ?")
    for position in positions {
      try erase.run(position, Int64(EventKind.edit.rawValue))
      try delete.run(position)
    }
  }
}
