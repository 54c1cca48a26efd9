public import ParleyCore
import ParleyStore

/// How far a connection's reader is behind.
struct Lag {
  /// A queue this long is looked at every second.
  static let watchedBytes = 65_536
  /// A full queue of which the peer has taken nothing for so long (in milliseconds) ends the connection. A peer on a slow
  /// link whose system tells of progress only once in 64 KiB is seen as a reader from some 2 KB a second on.
  static let patience: Int64 = 30_000
  /// How often the core hears that a peer reads that has no time to answer a PING, in milliseconds.
  static let reportInterval: Int64 = 10_000

  // What a peer's system has taken, the peer may not have read, and nobody can see it read that.
  /// A reader reads so many bytes a second.
  static let slowestReader = 256
  /// Bytes that count as read within the time for a PONG.
  static let promptBytes = 16_384
  /// Bytes between two signs that a peer's system has taken more.
  static let unseenBytes = 65_536
  /// Bytes that may lie in a peer's system.
  static let unreadBytes = 262_144

  /// The log position of the first delivery that was left out because the queue was full; nil: none.
  var firstSkipped: LogPosition?
  /// So many were left out.
  var skipped = 0
  /// Something was left out that is not in the log: who came, who went.
  var hasLostEvents = false
  var progress: Int
  /// When the peer last took something; nil: not looked at yet.
  var tookAt: Int64?
  /// At the last look the peer's system took nothing more: if it takes something now, somebody has read.
  var wasFull = false
  /// The core has not been told that the peer has read something.
  var hasNews = true
  var reportedAt: Int64?

  /// What the core has been told was left out, once the queue was empty; nil: nothing that it has not begun to replay.
  var reported: Backlog?

  var isBehind: Bool { firstSkipped != nil || hasLostEvents }
}

extension LoopState {
  /// Messages fill the send queue up to here. The rest is for what cannot be had from the log later.
  var messageLimit: Int { sendQueueLimit / 4 * 3 }
  /// A delivery larger than the queue is taken by a reader who has read everything else, up to a size: the largest ones are shown
  /// from the log, a slice at a time.
  private static var emptyQueue: Int { 16_384 }
  private static var largestWhole: Int { 196_608 }
  /// What may wait aside while something is replayed: messages, and everything.
  private static var heldMessageLimit: Int { 65_536 }
  private static var heldLimit: Int { 131_072 }

  /// The queue is nearly full: what can leave leaves before anything is judged.
  func crowd(_ slot: inout Slot<Sink>, _ sink: Sink) {
    if sink.flush() > messageLimit { slot.flags.insert(.crowded) }
  }

  /// Bytes of one delivery.
  /// - Parameter position: 0 if it is not in the log.
  func deliver(_ bytes: UnsafeRawBufferPointer, at position: LogPosition, to slot: inout Slot<Sink>, _ index: Int) {
    guard !bytes.isEmpty, let sink = slot.sink else { return }
    var lag = lags[Int32(index)] ?? Lag(progress: sink.progress)
    if slot.flags.contains(.held) {
      let count = held[Int32(index)]?.count ?? 0
      if fits(bytes.count, count, position, Self.heldMessageLimit, Self.heldLimit, lag) {
        held[Int32(index), default: []].append(contentsOf: bytes)
      } else {
        leaveOut(position, &lag, index, slot.generation)
        slot.flags.insert(.watched)
        lags[Int32(index)] = lag
      }
      return
    }
    let queued = sink.flush()
    if queued <= messageLimit, !lag.isBehind { slot.flags.remove(.crowded) }
    if fits(bytes.count, queued, position, messageLimit, sendQueueLimit, lag) {
      append(bytes, to: &slot, index)
    } else {
      if !lag.isBehind { sink.reportWhenDrained() }
      leaveOut(position, &lag, index, slot.generation)
      slot.flags.formUnion([.crowded, .watched])
      lags[Int32(index)] = lag
    }
  }

  private func fits(
    _ count: Int, _ queued: Int, _ position: LogPosition, _ messageLimit: Int, _ limit: Int, _ lag: Lag
  ) -> Bool {
    if position > 0 {
      return lag.firstSkipped == nil
        && (queued + count <= messageLimit || queued <= Self.emptyQueue && count <= Self.largestWhole)
    }
    return !lag.hasLostEvents && (queued + count <= limit || queued <= Self.emptyQueue)
  }

  private func leaveOut(_ position: LogPosition, _ lag: inout Lag, _ index: Int, _ generation: UInt32) {
    lag.skipped += 1
    if position > 0 {
      guard lag.firstSkipped == nil else { return }
      lag.firstSkipped = position
      skipping.append((index, generation, position - 1))
    } else {
      lag.hasLostEvents = true
    }
  }

  // MARK: - Holding

  /// From here on deliveries wait aside. The core replays what it has been told of, up to here.
  func hold(_ id: ConnectionID) {
    guard let index = index(of: id) else { return }
    slots[index].flags.insert(.held)
    guard var lag = lags[Int32(index)], let reported = lag.reported else { return }
    if reported.after != nil { lag.firstSkipped = nil }
    if reported.hasLostEvents { lag.hasLostEvents = false }
    lag.skipped = 0
    lag.reported = nil
    lags[Int32(index)] = lag
  }

  func release(_ id: ConnectionID) {
    guard let index = index(of: id), slots[index].flags.contains(.held) else { return }
    slots[index].flags.remove(.held)
    if let bytes = held.removeValue(forKey: Int32(index)) { append(bytes, to: index) }
    if lags[Int32(index)]?.isBehind == true {
      slots[index].flags.insert(.crowded)
      slots[index].sink?.reportWhenDrained()
      markDirty(index)
    }
  }

  /// What the core has to replay to a connection whose queue is empty now, told once; nil: nothing was left out.
  public func takeBacklog(of id: ConnectionID) -> Backlog? {
    guard let index = index(of: id), !slots[index].flags.contains(.held), let lag = lags[Int32(index)], lag.isBehind,
      lag.reported == nil
    else { return nil }
    let backlog = Backlog(
      after: lag.firstSkipped.map { $0 - 1 }, skipped: lag.skipped, hasLostEvents: lag.hasLostEvents)
    lags[Int32(index)]?.reported = backlog
    return backlog
  }
}
