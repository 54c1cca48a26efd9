/// Bytes of answers that a connection has been given and has, as far as is known, not taken.
///
/// All that is written to one connection because it asked keeps to it: a long answer comes in slices, each made when the
/// one before has left, and a client that asks faster than it reads waits for its next answer. So an answer of any length
/// takes no more memory than this, and no client is cut off for what it asked.
struct OutputBudget {
  /// Bytes that may be on their way before the client's next line is carried out.
  static let limit = 65_536

  private var owed = 0
  /// The loop will say when the outbox is nearly empty.
  var isReportDue = false

  var isExhausted: Bool { owed >= Self.limit }

  mutating func spend(_ bytes: Int) { owed += bytes }

  /// The outbox is nearly empty.
  mutating func drained() {
    owed = 0
    isReportDue = false
  }
}
