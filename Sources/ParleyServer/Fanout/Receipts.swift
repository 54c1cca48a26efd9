public import ParleyCore

/// Somebody wants to know whether a connection's peer takes what it was sent.
struct AwaitedReceipt<Sink: LoopSink> {
  let sink: Sink
  let job: JobID
  /// Everything up to here.
  let bytes: Int

  /// - Returns: nil: not known yet.
  func look() -> Bool? {
    sink.updateProgress()
    if sink.progress >= bytes { return true }
    return sink.isOver ? false : nil
  }
}

extension LoopState {
  func awaitReceipt(_ id: ConnectionID, _ job: JobID) {
    guard let index = index(of: id), let sink = slots[index].sink, !slots[index].flags.contains(.held),
      lags[Int32(index)]?.isBehind != true
    else {
      receipts.append((job, false))
      return
    }
    let receipt = AwaitedReceipt(sink: sink, job: job, bytes: sink.written)
    if let isTaken = receipt.look() { receipts.append((job, isTaken)) } else { awaitedReceipts.append(receipt) }
  }

  /// `lookForReceipts` has to be called again.
  public var awaitsReceipts: Bool { !awaitedReceipts.isEmpty }

  /// Asks the network about those that have not been found out.
  public func lookForReceipts() {
    awaitedReceipts.removeAll { receipt in
      guard let isTaken = receipt.look() else { return false }
      receipts.append((receipt.job, isTaken))
      return true
    }
  }

  /// What the core has to be told with `taken`, since the last call.
  public func takeReceipts() -> [(JobID, Bool)] {
    guard !receipts.isEmpty else { return [] }
    defer { receipts = [] }
    return receipts
  }
}
