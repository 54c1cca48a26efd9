package import ParleyCore

/// Everything on its way to the core, in order of arrival. Any thread posts, the core's thread takes.
///
/// Posting never blocks and never fails. When clients send faster than the core works, the mailbox says so, and the
/// event loops stop reading until it is relieved; answers of the store and of the worker threads are bounded by their
/// questions.
package final class Mailbox: Sendable {
  /// Lines waiting from which on the event loops are asked not to read.
  package static let congestionLines = 16_384

  private struct Contents {
    var events: [CoreEvent] = []
    var lines = 0
    var isCongested = false
    var isAwaited = false
  }

  private let contents = Monitor(Contents())

  package init() {}

  package func post(_ event: CoreEvent) {
    let wake = contents.withLock { contents in
      contents.events.append(event)
      defer { contents.isAwaited = false }
      return contents.isAwaited
    }
    if wake { contents.wakeOne() }
  }

  /// Posts what one event loop has gathered.
  /// - Parameter lines: how many lines of clients are in it.
  /// - Returns: false when the mailbox is congested: the loop reads no more until it is told.
  package func post(_ events: [CoreEvent], lines: Int) -> Bool {
    let (wake, isCongested) = contents.withLock { contents in
      if contents.events.isEmpty { contents.events = events } else { contents.events.append(contentsOf: events) }
      contents.lines += lines
      if contents.lines >= Self.congestionLines { contents.isCongested = true }
      defer { contents.isAwaited = false }
      return (contents.isAwaited, contents.isCongested)
    }
    if wake { contents.wakeOne() }
    return !isCongested
  }

  /// Takes everything, waiting for the first event for at most so many milliseconds.
  /// - Returns: the events, and whether the loops must be told that they may read again.
  package func take(waiting milliseconds: Int) -> (events: [CoreEvent], wasCongested: Bool) {
    let taken = contents.wait(milliseconds: milliseconds) { contents -> ([CoreEvent], Bool)? in
      if contents.events.isEmpty {
        contents.isAwaited = true
        return nil
      }
      let taken = (contents.events, contents.isCongested)
      contents = Contents()
      return taken
    }
    return taken ?? ([], false)
  }
}
