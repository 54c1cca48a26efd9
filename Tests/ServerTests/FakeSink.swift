import ParleyServer

/// Keeps what a client would receive.
final class FakeSink: LoopSink {
  private(set) var queued: [UInt8] = []
  private(set) var received: [UInt8] = []
  private(set) var flushes = 0
  private(set) var isFinished = false
  private(set) var isCutOff = false
  private(set) var isReading = true
  var mustReportDrained = false
  /// The client does not read.
  var isBlocked = false

  var text: String { String(decoding: received, as: UTF8.self) }

  func append(_ bytes: UnsafeRawBufferPointer) -> Int {
    queued.append(contentsOf: bytes)
    written += bytes.count
    return queued.count
  }

  @discardableResult
  func flush() -> Int {
    flushes += 1
    guard !isBlocked else { return queued.count }
    take(queued.count)
    return 0
  }

  /// The client reads so much of what waits for it.
  func take(_ count: Int) {
    received += queued.prefix(count)
    progress += min(count, queued.count)
    queued.removeFirst(min(count, queued.count))
  }

  private(set) var written = 0
  private(set) var progress = 0
  private(set) var looks = 0
  func updateProgress() { looks += 1 }
  var isFull: Bool { isBlocked && isAnswering && !queued.isEmpty }
  /// The client's system is there.
  var isAnswering = true
  var isOver = false

  func finish() {
    flush()
    isFinished = true
  }

  func cutOff() {
    queued = []
    isCutOff = true
  }

  func setReading(_ isWanted: Bool) { isReading = isWanted }
  func reportWhenDrained() { mustReportDrained = true }
}
