import IRC

/// TOPIC, INVITE, KICK.
extension ClientSession {
  func setTopic(_ room: String, _ topic: String, _ tag: UInt64) {
    guard isTarget(room), isRoom(room) else { return refuseTarget(tag, room) }
    // Nothing is said of a topic that stays the same.
    ask(
      Message(command: "TOPIC", parameters: [room, topic]), tag: tag, needsBarrier: true,
      RoomAsking(command: "TOPIC", room: fold(room)))
  }

  func invite(_ nick: String, to room: String, _ tag: UInt64) {
    guard isTarget(room), isRoom(room) else { return refuseTarget(tag, room) }
    guard isTarget(nick) else { return refuseTarget(tag, nick) }
    ask(
      Message(command: "INVITE", parameters: [nick, room]), tag: tag,
      RoomAsking(command: "INVITE", room: fold(room), nick: fold(nick)))
  }

  func kick(_ nick: String, from room: String, _ reason: String, _ tag: UInt64) {
    guard isTarget(room), isRoom(room) else { return refuseTarget(tag, room) }
    guard isTarget(nick) else { return refuseTarget(tag, nick) }
    ask(
      Message(command: "KICK", parameters: [room, nick] + (reason.isEmpty ? [] : [reason])), tag: tag,
      RoomAsking(command: "KICK", room: fold(room), nick: fold(nick)))
  }
}

/// A change to a room, until everybody in it is told.
struct RoomAsking: Asking {
  let command: String
  let room: String
  /// Whom it is about.
  var nick: String?
  var names: [String] { [room] + (nick.map { [$0] } ?? []) }

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    if command == "INVITE" {
      // 341 <client> <nick> <channel>; some old servers have the two the other way round.
      guard line.message.command == Numeric.inviting.text else { return nil }
      let given = [line.parameter(1), line.parameter(2)].map(session.fold)
      return isCertain || (given.contains(room) && nick.map(given.contains) ?? true)
        ? .finished(.done, isHidden: true) : nil
    }
    guard line.message.command == command, line.isFromOwnNick, session.fold(line.parameter(0)) == room,
      nick.map({ session.fold(line.parameter(1)) == $0 }) ?? true
    else { return nil }
    return .finished(.done)
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? { .done }
}
