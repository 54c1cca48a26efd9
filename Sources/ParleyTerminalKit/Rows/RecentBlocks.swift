/// What stands on the screen above the line that is being edited, from some block on, so that a block can be written anew in
/// its place: a message that was sent after all, a reaction to it.
package struct RecentBlocks {
  package struct Block: Equatable, Sendable {
    /// The message; 0 for other lines.
    package var message: Int64
    package var lines: [String]
    /// Rows of the terminal; more than lines if one is longer than a row.
    package var rows: Int

    package init(message: Int64, lines: [String], rows: Int? = nil) {
      self.message = message
      self.lines = lines
      self.rows = rows ?? lines.count
    }
  }

  private var blocks: [Block] = []
  /// Rows that the edited line took at most since the first of the blocks: as it shrinks, it leaves the screen's end empty.
  private var editedRows = 1

  package init() {}

  /// - Parameter isCertain: whether every terminal gives it so many rows.
  package mutating func append(_ block: Block, isCertain: Bool) {
    if !isCertain { forget() } else { blocks.append(block) }
    if blocks.count > 200 { blocks.removeFirst(100) }
  }

  /// The screen was cleared, or has another size.
  package mutating func forget() {
    blocks = []
    editedRows = 1
  }

  package mutating func noteEdited(rows: Int) { editedRows = max(editedRows, rows) }

  /// How to write a message's block anew: go up so many rows, clear what follows, write these lines. nil if it is not on the
  /// screen any more, or nobody knows where.
  package mutating func replace(
    _ message: Int64, with lines: [String], rows: Int? = nil, screenRows: Int
  ) -> (up: Int, lines: [String])? {
    guard message != 0, let index = blocks.lastIndex(where: { $0.message == message }) else { return nil }
    let up = blocks[index...].reduce(0) { $0 + $1.rows }
    guard up + editedRows <= screenRows else { return nil }
    blocks[index].lines = lines
    blocks[index].rows = rows ?? lines.count
    let after = blocks[index...].flatMap(\.lines)
    if lines.isEmpty { blocks.remove(at: index) }
    return (up, after)
  }

  package func contains(_ message: Int64) -> Bool { message != 0 && blocks.contains { $0.message == message } }

  package func lines(of message: Int64) -> [String]? { blocks.last { $0.message == message }?.lines }
}
