import CParley
import ParleyTerminalKit

/// `parley send`: ends when the server has stored the message, or nothing of it is left in the outbox, if that can be known.
extension OneShot {
  func send(_ room: String, _ text: String) throws(Ending) -> ExitStatus {
    guard text.contains(where: { !$0.isWhitespace }) else { throw Ending(.usage, "There is no text to send") }
    let place = try enter(room)
    try send(text, to: place.chat, at: place.identity, room)
    return .done
  }

  /// `parley send --lines`: each line is a message of its own, sent when it comes.
  func sendLines(_ room: String) throws(Ending) -> ExitStatus {
    let place = try enter(room)
    var unread: [UInt8] = []
    while let more = errand.access.takeInput() {
      unread += more
      while let end = unread.firstIndex(of: 0x0A) {
        try sendLine(Array(unread[..<end]), place, room)
        unread.removeSubrange(...end)
      }
      guard unread.count <= Self.mostBytes else { throw Ending(.usage, "A line has at most 65,536 bytes") }
      guard !errand.access.isInterrupted else {
        throw Ending(.unreachable, "Interrupted; the lines before were sent", code: "INTERRUPTED")
      }
      guard more.isEmpty else { continue }
      errand.access.wait(1_000, forInput: true)
      errand.collect()
      while try errand.next(until: 0) != nil {}
    }
    try sendLine(unread, place, room)
    return .done
  }

  private func sendLine(_ bytes: [UInt8], _ place: (identity: Identity, chat: Int64), _ room: String) throws(Ending) {
    guard let text = Self.text(bytes) else { throw Ending(.usage, "A line is not in the encoding of the locale") }
    guard text.contains(where: { !$0.isWhitespace }) else { return }
    try send(text, to: place.chat, at: place.identity, room)
  }

  // MARK: One message

  private func send(_ text: String, to chat: Int64, at identity: Identity, _ room: String) throws(Ending) {
    guard let key = setup.options.key else { return try sendAnew(text, chat, identity, room, note: { _ in }) }
    let sent = SentKey(key, engine: engine)
    let deadline = errand.deadline
    while !sent.claim() {
      guard Clock.now() < deadline, !errand.access.isInterrupted else {
        throw Ending(.unreachable, "\(room): another command sends with the key \(key)", code: "KEY_IN_USE")
      }
      _ = try errand.next(until: Clock.now() + 50)
    }
    defer { sent.release() }
    switch try sent.find(text, in: chat) {
    case .new:
      try sent.begin(text, in: chat)
      try sendAnew(text, chat, identity, room) { sent.queued($0) }
    case .queued(let messages): try goOn(messages, identity, room)
    case .other:
      throw Ending(.usage, "The key \(key) belongs to another message", code: "KEY_IN_USE")
    }
  }

  private func sendAnew(
    _ text: String, _ chat: Int64, _ identity: Identity, _ room: String, note: ([Int64]) -> Void
  ) throws(Ending) {
    var queued: [Int64] = []
    let request: Int64
    do { request = try engine.send(chat, text) } catch {
      throw Ending(.undelivered, "\(room): \(error.text)", code: error.name)
    }
    let done = try finish(request) { event in
      guard event.kind == .queued, event.request == request, let row = event.row else { return }
      queued.append(row.id)
      note(queued)
    }
    guard let done else { throw try takeBack(queued, room) }
    guard done.result == PARLEY_OK else {
      let reason = done.row?.reason ?? done.explanation
      try discard(queued)
      throw Ending(.undelivered, "\(room): not delivered: \(reason)", code: Failure(done.result).name)
    }
    if let row = done.row { acknowledge(row, identity, room) }
  }

  /// A message that an earlier run has queued: waits for it, or says again what is known.
  private func goOn(_ messages: [Int64], _ identity: Identity, _ room: String) throws(Ending) {
    let deadline = errand.deadline
    for message in messages {
      while engine.message(message)?.state == .pending {
        guard let event = try errand.next(until: deadline) else { throw try takeBack(messages, room) }
        note(event)
      }
      guard let row = engine.message(message) else { continue }
      guard row.state == .failed else { continue }
      guard let request = try? engine.resend(message), let done = try finish(request) else {
        throw try takeBack(messages, room)
      }
      guard done.result == PARLEY_OK else {
        let reason = done.row?.reason ?? done.explanation
        throw Ending(.undelivered, "\(room): not delivered: \(reason)", code: Failure(done.result).name)
      }
    }
    if let row = messages.last.flatMap({ engine.message($0) }) { acknowledge(row, identity, room) }
  }

  private func acknowledge(_ row: Row, _ identity: Identity, _ room: String) {
    if isJSON { output.json(EventJSON.row("ack", row, place(identity.id), room: room)) }
  }

  /// After the time. A script that tries again would say twice what a later start of the engine sends as well.
  private func takeBack(_ queued: [Int64], _ room: String) throws(Ending) -> Ending {
    let reason = errand.reason
    let stuck = try discard(queued)
    if stuck > 0 {
      return Ending(
        .undelivered, "\(room): sent, but not acknowledged \(reason); it stays queued until that is known",
        code: "PARLEY_E_TIMEOUT")
    }
    return Ending(
      .unreachable, "\(room): not delivered \(reason); nothing stays queued", code: "PARLEY_E_TIMEOUT")
  }

  /// Drops messages that were not sent.
  /// - Returns: how many could not be dropped.
  @discardableResult
  private func discard(_ messages: [Int64]) throws(Ending) -> Int {
    errand.windUp()
    var stuck = 0
    for message in messages {
      // One that is gone was dropped before.
      guard let state = engine.message(message)?.state, state == .pending || state == .failed else { continue }
      guard let request = try? engine.discard(message), try errand.finish(request)?.result == Int32(PARLEY_OK) else {
        stuck += 1
        continue
      }
    }
    return stuck
  }
}
