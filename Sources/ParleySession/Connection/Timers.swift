public import IRC

extension ClientSession {
  /// When `advance(to:)` has something to do; nil: nothing waits for time to pass.
  public var deadline: Timestamp? {
    guard phase != .idle, phase != .closed else { return nil }
    var moments = [registration.deadline, requests.deadline, typingOut.deadline, ownNick.nextTry].compactMap { $0 }
    if phase == .ready { moments.append(pulseDeadline) }
    if let nextSend { moments.append(nextSend) }
    return moments.min()
  }

  func runTimers() {
    if let deadline = registration.deadline, deadline <= now {
      if phase == .welcomed {
        becomeReady()
      } else {
        return refuse(code: "", reason: "Registration timed out")
      }
    }
    if phase == .ready, pulseDeadline <= now {
      if pulse.isAsking { return refuse(code: "", reason: "Ping timeout") }
      pulse.asked(at: now)
      write(Message(command: "PING", parameters: [requests.nextName()]))
    }
    for request in requests.takeOverdue(at: now) { finish(request.tag, request.asking.timedOut) }
    if let next = ownNick.nextTry, next <= now { regainNick() }
    flushTyping()
  }
}
