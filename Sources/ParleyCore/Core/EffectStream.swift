import IRC
import ParleyStore

/// The one ordered stream of everything that leaves the core.
///
/// An item that depends on the store waits until its transaction is durable, and everything behind it waits, too. So what
/// clients see, what is on disk and what the core decided are in the same order, and a PONG is never ahead of what was done
/// before it. With nothing pending, effects pass straight through.
struct EffectStream {
  /// A transaction in flight, and what happens once the store has answered.
  struct Pending {
    /// The session whose input it bounds; nil for the server's own.
    let session: Session?
    /// What it counts for among the session's appends.
    var weight = 1
    /// Applied when the store has committed it or said why not: emits what others may now see.
    let settle: (Core, Outcome) -> Void
    /// Takes back what the core had assumed. Called newest first, before anything else is done about a failure.
    let undo: (Core) -> Void
    /// Tells the sender.
    let fail: (Core, StoreError) -> Void
  }

  enum Item {
    case pending(Pending)
    case effect(LoopEffect)
    case reply(Reply)
    case slice(SliceSource)
    /// Runs at this place of the order.
    case call((Core) -> Void)
  }

  private var items: [Item] = []
  private var head = 0
  /// Outcomes for the oldest pending items.
  private var outcomes: [Outcome] = []
  private var nextOutcome = 0

  var isEmpty: Bool { head == items.count }
  var count: Int { items.count - head }

  mutating func push(_ item: Item) { items.append(item) }

  mutating func resolve(_ new: [Outcome]) {
    if nextOutcome == outcomes.count {
      outcomes = new
      nextOutcome = 0
    } else {
      outcomes.append(contentsOf: new)
    }
  }

  /// The next item that may leave, with its outcome if it was pending.
  mutating func next() -> (Item, Outcome?)? {
    guard head < items.count else {
      if head > 0 {
        items.removeAll(keepingCapacity: items.capacity < 4096)
        head = 0
      }
      return nil
    }
    let item = items[head]
    var outcome: Outcome?
    if case .pending = item {
      guard nextOutcome < outcomes.count else {
        compact()
        return nil
      }
      outcome = outcomes[nextOutcome]
      nextOutcome += 1
    }
    items[head] = .call { _ in }
    head += 1
    return (item, outcome)
  }

  /// Everything still waiting, oldest first; the stream is empty afterwards.
  mutating func takeAll() -> [Item] {
    defer {
      items = []
      head = 0
      outcomes = []
      nextOutcome = 0
    }
    return Array(items[head...])
  }

  private mutating func compact() {
    guard head > 1024, head * 2 > items.count else { return }
    items.removeFirst(head)
    head = 0
  }
}
