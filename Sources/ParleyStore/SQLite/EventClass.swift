internal import IRC

/// Groups of kinds that readers ask for together. The index over conversations has one range for each, so that what a reader does not
/// want costs nothing, however much of it there is.
///
/// What is unheard has classes of its own, because only its sender reads it. The index over unheard events has a range for each sender
/// and class, so that a reader goes neither over what others have said unheard nor, for it, over what the reader does not want.
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

  /// How much higher the class of an unheard event is than that of one that is heard.
  private static let unheard: Int64 = 8

  /// The values of the column for events that somebody may see.
  private static let visible = allCases.filter { $0 != .erased }.map(\.rawValue)

  /// All values of the column.
  static let all = allCases.map(\.rawValue) + visible.map { $0 + unheard }

  /// All values of the column, for the operator IN.
  static let list = all.map(String.init).joined(separator: ", ")

  /// Bit n is set if some of those kinds belong to class n.
  static func bits(for kinds: EventKinds) -> Int64 {
    allCases.reduce(0) { $1.kinds.isDisjoint(with: kinds) ? $0 : $0 | 1 << $1.rawValue }
  }

  /// Of an event that is of certain kinds (bits) and is not hidden from a reader. A damaged one is not left out: the query fails by it.
  static func isSeen(kinds: String, reader: String) -> String {
    "((\(kinds) >> kind) & 1 = 1 AND (unheard = 0 OR sender = \(reader)) OR NOT \(RowChecksum.isSound))"
  }

  /// The ranges of the indexes that hold what a reader may see of a conversation: each as a table and a condition that selects the range.
  ///
  /// - Parameters:
  ///   - conversation, reader, classes: SQL expressions; `classes` are bits.
  static func ranges(
    conversation: String, reader: String, classes: String
  ) -> [(table: String, condition: String)] {
    visible.map {
      ("events", "conversation = \(conversation) AND class = \($0) AND \(classes) & \(1 << $0) <> 0")
    }
      + visible.map {
        (
          "events INDEXED BY events_unheard",
          "conversation = \(conversation) AND sender = \(reader) AND class = \($0 + unheard) AND unheard <> 0"
            + " AND \(classes) & \(1 << $0) <> 0"
        )
      }
  }

  /// The events of one conversation (?1) with sequences from ?2 to before ?3, of kinds (?4, bits) and their classes (?6, bits), in order;
  /// at most ?5. What is unheard only for its sender (?7). SQLite merges the ranges and reads no further than the limit.
  static func pageQuery(columns: String, order: String) -> String {
    ranges(conversation: "?1", reader: "?7", classes: "?6").map {
      """
      SELECT \(columns) FROM \($0.table)
      WHERE \($0.condition) AND sequence >= ?2 AND sequence < ?3 AND \(isSeen(kinds: "?4", reader: "?7"))
      """
    }.joined(separator: " UNION ALL ") + " ORDER BY sequence \(order) LIMIT ?5"
  }

  /// The newest event of a conversation of kinds and their classes (both bits) that a reader may see. All are SQL expressions.
  static func newestQuery(
    columns: String, conversation: String, reader: String, kinds: String, classes: String
  ) -> String {
    let newest = ranges(conversation: conversation, reader: reader, classes: classes).map {
      """
      SELECT * FROM (
        SELECT position AS place FROM \($0.table)
        WHERE \($0.condition) AND \(isSeen(kinds: kinds, reader: reader)) ORDER BY sequence DESC LIMIT 1)
      """
    }.joined(separator: " UNION ALL ")
    return "SELECT \(columns) FROM events WHERE position IN (\(newest)) ORDER BY sequence DESC LIMIT 1"
  }
}
