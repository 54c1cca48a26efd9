import IRC

/// Long answers, in slices: the next one is made when the last has left, so that nobody waits behind them and none fills memory.
extension Core {
  /// - Parameters:
  ///   - isWork: a piece waits while its payer may not work.
  ///   - next: appends some lines to the reply; true when there are more.
  func sendLong(
    _ reply: Reply, isWork: Bool = false, finally: (() -> Void)? = nil, next: @escaping (Reply) -> Bool
  ) {
    let session = reply.session
    let source = SliceSource(reply: reply, isWork: isWork, next: next, finally: finally)
    session.wait = .slice(source)
    enqueue(source)
  }

  private func enqueue(_ source: SliceSource) {
    if canRelease { releaseSlice(source) } else { stream.push(.slice(source)) }
  }

  /// Makes the next slice at its place in the order.
  func releaseSlice(_ source: SliceSource) {
    let session = source.reply.session
    guard !session.isClosed else { return }
    guard !source.isWork || mayWork(session) else {
      return wait(session) { core in if !session.isClosed { core.enqueue(source) } }
    }
    source.reply.addressee = session.shownAddressee
    let hasMore = source.next(source.reply)
    let bytes = source.reply.take(isComplete: !hasMore)
    if hasMore {
      outputs.loops[session.id.loop].append(.sendSlice(session.id, bytes))
    } else {
      if !bytes.isEmpty { outputs.loops[session.id.loop].append(.send(session.id, bytes)) }
      if let finally = source.finally { return finally() }
      session.wait = .appends
      unblocked.append(session)
    }
  }

  func drained(_ id: ConnectionID) {
    guard let session = sessions[id], case .slice(let source) = session.wait else { return }
    enqueue(source)
  }
}
