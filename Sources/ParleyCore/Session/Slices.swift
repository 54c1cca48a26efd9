import IRC

/// Produces a long answer piece by piece.
final class SliceSource {
  enum Step {
    case finished
    /// The next piece is made when this one has left.
    case more
    /// The store has been asked; `Core.proceed(with:)` follows.
    case waiting
  }

  let reply: Reply
  /// Appends some lines.
  let next: (Reply, SliceSource) -> Step
  /// What follows the last slice; nil: the session's input goes on.
  let finally: (() -> Void)?
  /// Each piece is work, and waits while its payer may not work.
  let isWork: Bool
  /// Nothing is made before the store has answered, or before the payer may work.
  fileprivate var isWaiting = false
  /// The next piece has its place in the order already.
  fileprivate var isQueued = false

  init(
    reply: Reply, isWork: Bool = false, next: @escaping (Reply, SliceSource) -> Step, finally: (() -> Void)?
  ) {
    self.reply = reply
    self.isWork = isWork
    self.next = next
    self.finally = finally
  }
}

/// Long answers, in slices: the next one is made when the last has left, so that nobody waits behind them and none fills memory.
extension Core {
  /// - Parameters:
  ///   - isWork: a piece waits while its payer may not work.
  ///   - next: appends lines to the reply until it is full; true when there are more.
  func sendLong(
    _ reply: Reply, isWork: Bool = false, finally: (() -> Void)? = nil, next: @escaping (Reply) -> Bool
  ) {
    begin(
      SliceSource(reply: reply, isWork: isWork, next: { reply, _ in next(reply) ? .more : .finished }, finally: finally)
    )
  }

  func sendLong(
    _ reply: Reply, finally: (() -> Void)? = nil, next: @escaping (Reply, SliceSource) -> SliceSource.Step
  ) {
    begin(SliceSource(reply: reply, next: next, finally: finally))
  }

  /// An answer that nobody has asked for at this moment, or that follows another: its turn comes when the session waits for
  /// nothing else.
  func sendLater(_ reply: Reply, next: @escaping (Reply) -> Bool) {
    guard !reply.session.isClosed else { return }
    let source = SliceSource(reply: reply, next: { reply, _ in next(reply) ? .more : .finished }, finally: nil)
    reply.session.longAnswers.append(source)
    // Not at once: what is being written to the session now belongs before it.
    if reply.session.wait == nil {
      reply.session.wait = .appends
      unblocked.append(reply.session)
    }
  }

  private func begin(_ source: SliceSource) {
    guard !source.reply.session.isClosed else { return }
    source.reply.session.wait = .slice(source)
    enqueue(source)
  }

  private func enqueue(_ source: SliceSource) {
    guard !source.isQueued else { return }
    source.isQueued = true
    if canRelease { releaseSlice(source) } else { stream.push(.slice(source)) }
  }

  /// Makes the next slice at its place in the order.
  func releaseSlice(_ source: SliceSource) {
    let session = source.reply.session
    source.isQueued = false
    guard !session.isClosed, !source.isWaiting else { return }
    guard !source.isWork || mayWork(session) else {
      source.isWaiting = true
      return wait(session) { core in core.proceed(with: source) }
    }
    source.reply.addressee = session.shownAddressee
    switch source.next(source.reply, source) {
    case .waiting: source.isWaiting = true
    case .more:
      let bytes = source.reply.take(isComplete: false)
      session.output.isReportDue = true
      outputs.loops[session.id.loop].append(.sendSlice(session.id, bytes))
    case .finished:
      release(source.reply)
      // It has nothing more, even if the session is drained before what comes next has begun.
      source.isWaiting = true
      if let finally = source.finally { return finally() }
      session.wait = .appends
      unblocked.append(session)
    }
  }

  /// What the next slice waited for is here.
  func proceed(with source: SliceSource) {
    guard !source.reply.session.isClosed else { return }
    source.isWaiting = false
    enqueue(source)
  }

  func drained(_ id: ConnectionID) {
    guard let session = sessions[id] else { return }
    session.output.drained()
    switch session.wait {
    case .slice(let source): enqueue(source)
    case .outbox:
      session.wait = .appends
      unblocked.append(session)
    case .job, .appends, nil: break
    }
  }

  /// Begins what waits for the session to be free: what it could not take, long answers, in this order.
  /// - Returns: whether it has to wait now.
  func goOn(_ session: Session) -> Bool {
    if let backlog = session.backlogToShow {
      session.backlogToShow = nil
      catchUp(session, backlog)
      return true
    }
    guard !session.longAnswers.isEmpty else { return false }
    begin(session.longAnswers.removeFirst())
    return true
  }
}
