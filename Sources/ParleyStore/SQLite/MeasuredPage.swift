internal import SQLite

/// A page while it is read: all of it is measured once, only a portion is kept.
struct MeasuredPage {
  /// Bytes of an event besides text and tags, about.
  static let eventBytes = 200
  /// Bytes of a reaction that is given with its message, about.
  static let reactionBytes = 300

  private struct Kept {
    var event: StoredEvent
    /// Within the conversation; what its receipt has is the number that clients know.
    var sequence: Int64
    var bytes: Int
  }

  private var kept: [Kept] = []
  private var keptBytes = 0
  /// The newest of those kept while events come newest first: beyond the portion.
  private var dropped = 0
  /// The sequences and positions of the whole page; the first is above the last while there is none.
  private(set) var firstSequence = Int64.max
  private(set) var lastSequence = Int64.min
  private var firstPosition = LogPosition.max
  private var lastPosition = LogPosition.min
  private(set) var count = 0
  private(set) var bytes = 0
  /// Rows that have been read for it.
  var looked = 0
  /// There is more in the direction that was asked for; around a point, in either one.
  var hasMore = false
  var omitted = 0
  private let isPointKnown: Bool

  init(isPointKnown: Bool = true) { self.isPointKnown = isPointKnown }

  /// The positions of the whole page.
  var span: ClosedRange<LogPosition>? { firstPosition <= lastPosition ? firstPosition...lastPosition : nil }

  /// There are events that do not belong to the portion.
  var isBeyondPortion: Bool { count > kept.count - dropped }

  /// The first events of the page, in ascending order.
  var events: [StoredEvent] { kept.map(\.event) }

  /// Gives each message among the kept ones its context.
  mutating func addContext(_ context: (StoredEvent) throws(SQLiteError) -> [StoredEvent]) throws(SQLiteError) {
    for index in kept.indices where EventKinds.messages.contains(kept[index].event.kind) {
      kept[index].event.context = try context(kept[index].event)
    }
  }

  private mutating func extend(to sequence: Int64, at position: LogPosition, bytes: Int) {
    firstSequence = min(firstSequence, sequence)
    lastSequence = max(lastSequence, sequence)
    firstPosition = min(firstPosition, position)
    lastPosition = max(lastPosition, position)
    count += 1
    self.bytes += bytes
  }

  /// - Parameter event: made only if it is to be kept.
  mutating func addLast(
    _ event: () -> StoredEvent, at position: LogPosition, sequence: Int64, bytes: Int, portion: Int
  ) {
    if kept.isEmpty || (count == kept.count && bytes <= portion - keptBytes) {
      kept.append(Kept(event: event(), sequence: sequence, bytes: bytes))
      keptBytes += bytes
    }
    extend(to: sequence, at: position, bytes: bytes)
  }

  /// Events come newest first, until `order()`: the ones beyond the portion go again.
  mutating func addFirst(_ event: StoredEvent, sequence: Int64, bytes: Int, portion: Int) {
    extend(to: sequence, at: event.receipt.position, bytes: bytes)
    kept.append(Kept(event: event, sequence: sequence, bytes: bytes))
    keptBytes += bytes
    while keptBytes > portion, kept.count - dropped > 1 {
      keptBytes -= kept[dropped].bytes
      dropped += 1
    }
    if dropped > 16, dropped * 2 > kept.count { drop() }
  }

  private mutating func drop() {
    kept.removeFirst(dropped)
    dropped = 0
  }

  /// Events that came newest first are put in ascending order.
  mutating func order() {
    drop()
    kept.reverse()
  }

  /// Two pages without a gap between them.
  func followed(by later: MeasuredPage, portion: Int) -> MeasuredPage {
    var joint = self
    (joint.firstSequence, joint.lastSequence) = (
      min(firstSequence, later.firstSequence), max(lastSequence, later.lastSequence)
    )
    (joint.firstPosition, joint.lastPosition) = (
      min(firstPosition, later.firstPosition), max(lastPosition, later.lastPosition)
    )
    joint.count += later.count
    joint.bytes += later.bytes
    joint.looked += later.looked
    joint.hasMore = hasMore || later.hasMore
    guard kept.count == count else { return joint }
    for event in later.kept {
      guard joint.kept.isEmpty || event.bytes <= portion - joint.keptBytes else { break }
      joint.kept.append(event)
      joint.keptBytes += event.bytes
    }
    return joint
  }

  /// It is a part of a larger page, also when the first and last events of that are gone meanwhile.
  mutating func belongs(to rest: HistoryRest) {
    (firstPosition, lastPosition) = (rest.page.lowerBound, rest.page.upperBound)
    lastSequence = rest.sequences.upperBound
  }

  var answer: HistoryPage {
    var page = HistoryPage(events, hasMore: hasMore, isPointKnown: isPointKnown)
    page.omitted = omitted
    page.looked = looked
    if let span, let last = kept.last, last.sequence < lastSequence {
      page.rest = HistoryRest(sequences: last.sequence + 1...lastSequence, page: span)
    }
    return page
  }
}
