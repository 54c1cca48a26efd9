/// The items that were written last, so that they can be written again in another width. Each has its source and its lines.
package struct Page {
  package enum Source: Equatable, Sendable {
    /// A row of a chat, as it is when it is written.
    case message(Int64)
    /// The same with all its lines.
    case whole(Int64)
    case rule(String, Palette.Style)
    case remark(String, Palette.Style)
  }

  package struct Item: Equatable, Sendable {
    package var source: Source
    /// As it was written.
    package var lines: [String]

    package init(source: Source, lines: [String]) {
      self.source = source
      self.lines = lines
    }
  }

  /// The way to write the screen after its size has changed.
  package struct Redrawing: Equatable, Sendable {
    /// Rows to go up from the cursor before everything below is cleared; nil: from the first row of the screen.
    package var up: Int?
    package var items: [Item]
  }

  private static let most = 400
  package private(set) var items: [Item] = []

  package init() {}

  package mutating func append(_ item: Item) {
    items.append(item)
    if items.count > Self.most { items.removeFirst(items.count / 4) }
  }

  /// The row of a message was written anew in its place.
  package mutating func replace(_ message: Int64, with lines: [String]) {
    guard let index = items.lastIndex(where: { $0.source == .message(message) }) else { return }
    items[index].lines = lines
  }

  /// Forgets the items: they are not right above the edited line any more.
  package mutating func clear() { items = [] }

  /// Writes as many items again as the screen has room for, and all that stood on it before: a terminal moves rows to and fro between
  /// the screen and what has scrolled away, and a row that is written over would be lost. If these do not fill the screen there is
  /// something else above them, which stays.
  /// - Parameters:
  ///   - width: the new one.
  ///   - rows: of the screen, now and before.
  ///   - edited: rows of the edited line, and how many of them lie above the cursor.
  ///   - render: the lines of an item in the new width.
  package mutating func redraw(
    width: Int, rows: (now: Int, before: Int), edited: (rows: Int, aboveCursor: Int), render: (Item) -> [String]
  ) -> Redrawing {
    let room = max(1, rows.now - edited.rows)
    var fresh: [Item] = []
    var count = (now: 0, before: 0)
    for item in items.reversed() where count.now < room || count.before < rows.before {
      let lines = render(item)
      fresh.append(Item(source: item.source, lines: lines))
      count.now += lines.reduce(0) { $0 + Self.rows(of: $1, width: width) }
      count.before += item.lines.count
    }
    fresh.reverse()
    let written = items.reduce(0) { $0 + $1.lines.reduce(0) { $0 + Self.rows(of: $1, width: width) } }
    items = Array(items.dropLast(fresh.count)) + fresh
    // Terminals wrap what is too long for the new width, and so what was written takes as many rows as it would take now.
    return Redrawing(up: count.now < room ? written + edited.aboveCursor : nil, items: fresh)
  }

  /// Rows of the terminal that a line takes.
  package static func rows(of line: String, width: Int) -> Int {
    max(1, (Width.of(Palette.plain(line)) + width - 1) / max(width, 1))
  }
}
