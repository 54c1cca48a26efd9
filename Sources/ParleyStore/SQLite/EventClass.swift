internal import IRC

/// Groups of kinds that readers ask for together. The index over conversations has one range for each, so that what a reader does not
/// want costs nothing, however much of it there is.
enum EventClass: Int64, CaseIterable {
  // As the column `class` is computed.
  case messages = 0
  case tagMessages = 1
  case roomEvents = 2
  case edits = 3
  case redactions = 4
  case erased = 5

  var kinds: EventKinds {
    switch self {
    case .messages: .messages
    case .tagMessages: EventKinds(.tagMessage)
    case .roomEvents: .roomEvents
    case .edits: EventKinds(.edit)
    case .redactions: EventKinds(.redaction)
    case .erased: []
    }
  }

  /// Bit n is set if some of those kinds belong to class n.
  static func bits(for kinds: EventKinds) -> Int64 {
    allCases.reduce(0) { $1.kinds.isDisjoint(with: kinds) ? $0 : $0 | 1 << $1.rawValue }
  }

  /// Of an event that is of certain kinds (bits) and is not hidden from a reader. A damaged one is not left out: the query fails by it.
  static func isSeen(kinds: String, reader: String) -> String {
    "((\(kinds) >> kind) & 1 = 1 AND (unheard = 0 OR sender = \(reader)) OR NOT \(RowChecksum.isSound))"
  }

  /// The events of one conversation (?1) with sequences from ?2 to before ?3, of kinds (?4, bits) and their classes (?6, bits), in order;
  /// at most ?5. What is unheard only for its sender (?7). SQLite merges the ranges and reads no further than the limit.
  static func pageQuery(columns: String, order: String) -> String {
    ranges(columns: columns) + " ORDER BY sequence \(order) LIMIT ?5"
  }

  private static func ranges(columns: String) -> String {
    allCases.filter { $0 != .erased }.map {
      """
      SELECT \(columns) FROM events
      WHERE conversation = ?1 AND class = \($0.rawValue) AND sequence >= ?2 AND sequence < ?3
        AND ?6 & \(1 << $0.rawValue) <> 0 AND \(isSeen(kinds: "?4", reader: "?7"))
      """
    }.joined(separator: " UNION ALL ")
  }
}
