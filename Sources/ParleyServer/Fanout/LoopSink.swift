/// Where one connection's bytes go: a socket in a server, a buffer in a simulation. Used by one thread, its event
/// loop's.
///
/// None of these may call back into the `LoopState` it is used by.
public protocol LoopSink: AnyObject {
  /// Adds bytes behind what is queued. Nothing leaves before `flush()`.
  /// - Returns: how many bytes are queued now, as far as the sink knows of those that have not reached the network.
  func append(_ bytes: UnsafeRawBufferPointer) -> Int

  /// Hands what is queued to the network, as far as the network takes it.
  /// - Returns: how many bytes are still queued.
  @discardableResult
  func flush() -> Int

  /// Bytes that have been appended since the beginning.
  var written: Int { get }

  /// How many of them the peer's system has taken, as far as is known. It tells a slow reader from one that does not read.
  var progress: Int { get }

  /// Asks the network how far the peer is, and raises `progress` accordingly.
  func updateProgress()

  /// At the last look the peer's system took nothing more for the moment, but answered: a reader has left much unread in it. The
  /// system of a peer that is gone does not answer.
  var isFull: Bool { get }

  /// The connection has ended: `progress` does not grow any more.
  var isOver: Bool { get }

  /// Sends what is queued, then closes. Nothing is appended any more, input is ignored.
  func finish()

  /// The peer does not read: drops what is queued, says so if that is still possible, closes soon. Nothing is
  /// appended any more.
  func cutOff()

  /// Whether the client's input is wanted. Input already on its way may still arrive.
  func setReading(_ isWanted: Bool)

  /// Wants a `CoreEvent.drained`, once, when the queue is (nearly) empty after the next flush. Asked for again, it
  /// counts once.
  func reportWhenDrained()

  /// Somebody has registered on the connection.
  func registered()

  /// Whether a guest is at the connection, or an account's device.
  func setGuest(_ isGuest: Bool)
}

extension LoopSink {
  public func registered() {}
  public func setGuest(_ isGuest: Bool) {}
}
