public import ParleyCore

/// Peers of which it has to be known whether they read: their queue is long, or they have not answered a PING.
extension LoopState {
  /// The queue is long.
  func watch(_ index: Int) {
    guard !slots[index].flags.contains(.watched), let sink = slots[index].sink else { return }
    slots[index].flags.insert(.watched)
    lags[Int32(index)] = Lag(progress: sink.progress)
  }

  /// A PING has been written.
  func asked(_ id: ConnectionID) {
    guard let index = index(of: id), let sink = slots[index].sink else { return }
    slots[index].askedAt = sink.written
    guard !slots[index].flags.contains(.watched) else { return }
    sink.updateProgress()
    watch(index)
    lags[Int32(index)]?.hasNews = false
    lags[Int32(index)]?.wasFull = sink.isFull
  }

  /// Looks at everybody whose queue is long or who has not answered. Called about once a second.
  /// - Returns: connections whose peers read, or may read, and may have no time to say so.
  public func watchReaders(at now: Int64) -> [ConnectionID] {
    var readers: [ConnectionID] = []
    for (number, known) in lags {
      let index = Int(number)
      guard let sink = slots[index].sink else { continue }
      var lag = known
      let queued = sink.flush()
      sink.updateProgress()
      let isLong = queued >= Lag.watchedBytes || lag.isBehind
      let isAsked = slots[index].askedAt > slots[index].answeredAt
      // What comes behind the PING tells nothing: a system goes on taking for a program that is stuck, until it is full.
      if sink.progress > lag.progress, isLong || lag.progress < slots[index].askedAt {
        lag.tookAt = now
        if isLong || lag.wasFull { lag.hasNews = true }
      }
      lag.progress = sink.progress
      lag.wasFull = sink.isFull
      let silence = now - (lag.tookAt ?? now)
      lag.tookAt = now - silence
      let isReading = lag.hasNews || silence < unseenTime(lag, slots[index], sink)
      if !isLong, !isAsked || lag.progress >= slots[index].askedAt && !isReading {
        slots[index].flags.remove(.watched)
        lags[number] = nil
        continue
      }
      if silence >= Lag.patience, queued > messageLimit || lag.isBehind, queued > 0 {
        cutOff(index)
        continue
      }
      if isReading, now - (lag.reportedAt ?? .min / 2) >= Lag.reportInterval {
        lag.reportedAt = now
        lag.hasNews = false
        readers.append(ConnectionID(loop: loop, slot: index, generation: slots[index].generation))
      }
      lags[number] = lag
    }
    return readers
  }

  /// Milliseconds for which a peer may read its way to the PING without a sign of it.
  private func unseenTime(_ lag: Lag, _ slot: Slot<Sink>, _ sink: Sink) -> Int64 {
    guard slot.askedAt > slot.answeredAt else { return 0 }
    let hasTakenAll = lag.progress >= slot.askedAt
    guard hasTakenAll || sink.isFull else { return 0 }
    let unread = min(lag.progress, slot.askedAt) - slot.answeredAt
    let most = hasTakenAll ? Lag.unreadBytes : Lag.unseenBytes
    return Int64(max(0, min(unread, most) - Lag.promptBytes)) * 1_000 / Int64(Lag.slowestReader)
  }
}
