import IRC
import ParleyCore
import ParleyServer

/// One connection: bytes on their way in both directions, which arrive when the scheduler says so.
final class Wire: LoopSink {
  /// Distinguishes connections of a run; never used again.
  let number: Int
  let loop: Int
  var id: ConnectionID?
  var framer = LineFramer(limit: ParserLimits.server.contentBytes)

  private var upstream: [UInt8] = []
  private var downstream: [UInt8] = []
  /// What the server has appended but not flushed.
  private var unflushed: [UInt8] = []

  /// Nothing the client writes goes any further.
  private(set) var isUpstreamOver = false
  /// Nothing the server writes goes any further.
  private(set) var isDownstreamOver = false
  private(set) var end: DisconnectReason = .failed("Connection reset by peer")
  /// The server has let go of it, or died.
  var isForgotten = false
  /// Deliveries have been left out because it was slow: answers to its own commands go ahead of them.
  var wasLeftOut = false
  /// The client has let go of it.
  var isAbandoned = false
  private(set) var isReadingWanted = true
  private var wantsDrained = false

  init(number: Int, loop: Int) {
    self.number = number
    self.loop = loop
  }

  // MARK: - The server's end

  func append(_ bytes: UnsafeRawBufferPointer) -> Int {
    unflushed.append(contentsOf: bytes)
    written += bytes.count
    return unflushed.count + downstream.count
  }

  @discardableResult
  func flush() -> Int {
    if !isDownstreamOver { downstream += unflushed }
    unflushed = []
    return downstream.count
  }

  private(set) var written = 0
  private(set) var progress = 0
  func updateProgress() {}
  var isFull: Bool { false }
  var isOver: Bool { isAbandoned || isDownstreamOver && downstream.isEmpty && unflushed.isEmpty }

  func finish() {
    flush()
    isDownstreamOver = true
    isForgotten = true
    upstream = []
  }

  func cutOff() {
    unflushed = []
    downstream = []
    isDownstreamOver = true
    isForgotten = true
    upstream = []
  }

  func setReading(_ isWanted: Bool) { isReadingWanted = isWanted }
  func reportWhenDrained() { wantsDrained = true }

  /// True once when a report is due.
  func takeDrained() -> Bool {
    guard wantsDrained, unflushed.isEmpty, downstream.count < 256, !isForgotten else { return false }
    wantsDrained = false
    return true
  }

  /// Bytes for the server; nil once there is nothing left and the client is gone.
  func takeUpstream(_ dice: Dice) -> [UInt8]? {
    if upstream.isEmpty { return nil }
    return Self.take(&upstream, dice)
  }

  /// There is something for the server's loop to do.
  var hasUpstream: Bool { !isForgotten && (isUpstreamOver && upstream.isEmpty || !upstream.isEmpty && isReadingWanted) }

  // MARK: - The client's end

  func write(_ line: String) { write(Array(line.utf8) + [13, 10]) }

  func write(_ bytes: [UInt8]) {
    if !isUpstreamOver { upstream += bytes }
  }

  func takeDownstream(_ dice: Dice) -> [UInt8]? {
    if downstream.isEmpty { return nil }
    let taken = Self.take(&downstream, dice)
    progress += taken.count
    return taken
  }

  var hasDownstream: Bool { !isAbandoned && (isDownstreamOver || !downstream.isEmpty) }

  /// The client leaves in good order: what it wrote arrives.
  func close() {
    isUpstreamOver = true
    isDownstreamOver = true
    isAbandoned = true
    downstream = []
    end = .closed
  }

  // MARK: - Fate

  /// The network fails, at any byte of either direction. Each end notices for itself.
  func cut(_ dice: Dice) {
    guard !isUpstreamOver || !isDownstreamOver else { return }
    if !isUpstreamOver { upstream.removeLast(upstream.count - dice.below(upstream.count + 1)) }
    if !isDownstreamOver { downstream.removeLast(downstream.count - dice.below(downstream.count + 1)) }
    isUpstreamOver = true
    isDownstreamOver = true
  }

  /// The server's process is gone.
  func lose(_ dice: Dice) {
    cut(dice)
    upstream = []
    unflushed = []
    isForgotten = true
  }

  /// Nothing that the server has sent arrives any more.
  func silence() {
    downstream = []
    unflushed = []
    isDownstreamOver = true
    isUpstreamOver = true
  }

  /// The server's process has ended in good order: what it sent arrives.
  func finishServer() {
    flush()
    isDownstreamOver = true
    isForgotten = true
    upstream = []
  }

  private static func take(_ bytes: inout [UInt8], _ dice: Dice) -> [UInt8] {
    let count = dice.chance(1, in: 3) ? 1 + dice.below(bytes.count) : bytes.count
    let taken = Array(bytes.prefix(count))
    bytes.removeFirst(count)
    return taken
  }
}
