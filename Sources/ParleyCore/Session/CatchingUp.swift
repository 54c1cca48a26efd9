import IRC
import ParleyStore

/// Connections that read, but more slowly than others write.
///
/// When its send queue is full, an event loop leaves a connection out of deliveries that are in the log, and says so. The
/// connection is shown them from there once it has taken everything else: a slow reader is late, but misses nothing and is
/// not cut off. What is not in the log (who came, who went) is left out last, and its rooms are shown anew then.
extension Core {
  /// The connection counts as having seen nothing from here on.
  func skipping(_ id: ConnectionID, after position: LogPosition) {
    guard let session = sessions[id], let user = session.user else { return }
    session.skippedAfter = min(session.skippedAfter ?? position, position)
    session.confirmed = min(session.confirmed, position)
    session.pingPosition = min(session.pingPosition, position)
    guard session.usesCursor, let account = user.account else { return }
    // A server that ends now without a word has not shown it the rest.
    transact(
      Transaction(
        .putDevice(
          DeviceRecord(account: account.id, device: session.device, seen: session.confirmed, lastSeenAt: now))))
  }

  func fellBehind(_ id: ConnectionID, _ backlog: Backlog) {
    guard let session = sessions[id], session.user != nil else { return }
    session.backlogToShow = backlog
    if session.wait == nil { _ = goOn(session) }
  }

  /// Shows a session what it was too slow for. What is new waits meanwhile, as with any replay.
  func catchUp(_ session: Session, _ backlog: Backlog) {
    guard let user = session.user else { return }
    park(session)
    session.isReplaying = true
    afterEverything { core in
      guard !session.isClosed else { return }
      core.emit(.hold(session.id))
      session.skippedAfter = nil
      let bound = core.releasedPosition
      let rooms = user.rooms.map(\.conversation)
      func show() {
        guard let after = backlog.after else { return core.endReplay(session) }
        Replay(.late, to: session, of: user, after: after, upTo: bound, core) {
          core.tellLeftRooms(session, of: user, after: after) { core.endReplay(session) }
        }.begin(rooms: rooms)
      }
      if backlog.hasLostEvents { core.showRoomsAnew(session, user, backlog, finally: show) } else { show() }
    }
  }

  /// Who came and who went is not told any more: the client leaves its rooms and finds itself in them again.
  private func showRoomsAnew(_ session: Session, _ user: User, _ backlog: Backlog, finally: @escaping () -> Void) {
    let reply = makeReply(session, label: nil)
    reply.send(
      Message(
        source: configuration.serverName, command: "NOTICE",
        parameters: [
          reply.addressee, "You were too slow for \(backlog.skipped) lines: your rooms are shown as they are now",
        ]))
    let rooms = user.rooms.filter { $0.isShown(user) }
    for room in rooms {
      reply.send(
        Message(
          source: user.shownSource, command: "PART",
          parameters: [room.shownName, "Shown again: your connection is slow"]))
    }
    showRooms(rooms, to: session, of: user, reply: reply, finally: finally)
  }
}
