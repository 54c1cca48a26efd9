public import ParleyCore

/// Somebody wants to know whether a connection's peer takes what it was sent.
struct AwaitedReceipt<Sink: LoopSink> {
  let sink: Sink
  let job: JobID
  /// Everything up to here.
  let bytes: Int
  /// When it was first looked at in vain, and when it is to be looked at again, in milliseconds.
  private var since: Int64?
  private(set) var nextLook: Int64 = .min

  init(_ sink: Sink, _ job: JobID) {
    (self.sink, self.job) = (sink, job)
    bytes = sink.written
  }

  /// - Returns: nil: not known yet.
  func look() -> Bool? {
    sink.updateProgress()
    if sink.progress >= bytes { return true }
    return sink.isOver ? false : nil
  }

  /// Most peers answer at once; those that do not are looked at less and less often.
  mutating func wait(at now: Int64) {
    let age = now - (since ?? now)
    since = since ?? now
    nextLook = now + max(ReceiptLooks.shortest, min(ReceiptLooks.longest, age / 10))
  }
}

/// Milliseconds between two looks.
enum ReceiptLooks {
  static let shortest: Int64 = 10
  static let longest: Int64 = 1_000
}

extension LoopState {
  func awaitReceipt(_ id: ConnectionID, _ job: JobID) {
    guard let index = index(of: id), let sink = slots[index].sink, !slots[index].flags.contains(.held),
      lags[Int32(index)]?.isBehind != true
    else {
      receipts.append((job, false))
      return
    }
    let receipt = AwaitedReceipt(sink, job)
    let isTaken = receipt.look()
    if let isTaken { receipts.append((job, isTaken)) }
    // A connection has one at a time, however often its users change.
    let earlier = awaitedReceipts.removeValue(forKey: ObjectIdentifier(sink))
    if let earlier { receipts.append((earlier.job, earlier.look() ?? false)) }
    guard isTaken == nil else { return }
    awaitedReceipts[ObjectIdentifier(sink)] = receipt
    nextReceiptLook = .min
  }

  /// `lookForReceipts` has to be called again.
  public var awaitsReceipts: Bool { !awaitedReceipts.isEmpty }

  /// When that is, by a clock of milliseconds; nil: there is nothing to look for.
  public func nextLookForReceipts(after now: Int64) -> Int64? {
    awaitsReceipts ? max(now + ReceiptLooks.shortest, nextReceiptLook) : nil
  }

  /// Asks the network about those that have not been found out.
  /// - Parameter now: only about those whose time has come; nil: about all of them.
  public func lookForReceipts(at now: Int64? = nil) {
    let due = awaitedReceipts.filter { $0.value.nextLook <= now ?? .max }
    var found: [(JobID, Bool)] = []
    for (key, receipt) in due {
      if let isTaken = receipt.look() {
        found.append((receipt.job, isTaken))
        awaitedReceipts[key] = nil
      } else if let now {
        awaitedReceipts[key]?.wait(at: now)
      }
    }
    receipts += found.sorted { $0.0.rawValue < $1.0.rawValue }
    nextReceiptLook = awaitedReceipts.values.lazy.map(\.nextLook).min() ?? .min
  }

  /// What the core has to be told with `taken`, since the last call.
  public func takeReceipts() -> [(JobID, Bool)] {
    guard !receipts.isEmpty else { return [] }
    defer { receipts = [] }
    return receipts
  }
}
