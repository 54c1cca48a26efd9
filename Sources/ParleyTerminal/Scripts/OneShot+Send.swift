import CParley
import ParleyTerminalKit

/// `parley send`: ends when the server has stored the message, or nothing of it is left in the outbox, if that can be known.
extension OneShot {
  func send(_ room: String, _ text: String) throws(Ending) -> ExitStatus {
    guard text.contains(where: { !$0.isWhitespace }) else { throw Ending(.usage, "There is no text to send") }
    let place = try enter(room)
    var queued: [Int64] = []
    let request: Int64
    do { request = try engine.send(place.chat, text) } catch { throw Ending(.undelivered, "\(room): \(error.text)") }
    let done = try finish(request) { event in
      if event.kind == .queued, event.request == request, let row = event.row { queued.append(row.id) }
    }
    guard let done else { throw try takeBack(queued, room) }
    guard done.result == PARLEY_OK else {
      let reason = done.row?.reason ?? done.explanation
      try discard(queued)
      throw Ending(.undelivered, "\(room): not delivered: \(reason)")
    }
    if isJSON, let row = done.row {
      Output.json(EventJSON.row("ack", row, network: network(place.identity.id), room: room))
    }
    return .done
  }

  /// After the time. A script that tries again would say twice what a later start of the engine sends as well.
  private func takeBack(_ queued: [Int64], _ room: String) throws(Ending) -> Ending {
    let stuck = try discard(queued)
    if stuck > 0 {
      return Ending(.undelivered, "\(room): sent, but not acknowledged in time; it stays queued until that is known")
    }
    return Ending(.unreachable, "\(room): not delivered within \(setup.options.timeout) s; nothing stays queued")
  }

  /// Drops messages that were not sent.
  /// - Returns: how many could not be dropped.
  @discardableResult
  private func discard(_ messages: [Int64]) throws(Ending) -> Int {
    var stuck = 0
    for message in messages where engine.message(message)?.state != .sent {
      guard let request = try? engine.discard(message), try finish(request)?.result == Int32(PARLEY_OK) else {
        stuck += 1
        continue
      }
    }
    return stuck
  }
}
