import IRC

extension ClientSession {
  func join(_ room: String, key roomKey: String?, _ tag: UInt64) {
    guard isTarget(room), isRoom(room) else { return refuseTarget(tag, room) }
    // The server would say nothing. While another command about the room is on its way, it knows better.
    if !isAsking(about: room), let known = rooms[key(room)] { return finish(tag, .joined(room: known.name)) }
    let parameters = [room] + (roomKey.map { $0.isEmpty ? [] : [$0] } ?? [])
    guard parameters.last?.contains(",") == false, parameters.last?.contains(" ") == false else {
      return finish(tag, .refused(code: Numeric.badChannelKey.text, reason: "Not a key"))
    }
    ask(Message(command: "JOIN", parameters: parameters), tag: tag, JoinAsking(room: fold(room)))
  }

  func part(_ room: String, _ reason: String, _ tag: UInt64) {
    guard isTarget(room) else { return refuseTarget(tag, room) }
    guard isAsking(about: room) || rooms[key(room)] != nil else { return finish(tag, .done) }
    ask(
      Message(command: "PART", parameters: [room] + (reason.isEmpty ? [] : [reason])), tag: tag,
      PartAsking(room: fold(room)))
  }
}

extension ClientSession {
  /// A JOIN or PART of the room waits for its answer.
  private func isAsking(about room: String) -> Bool {
    let name = fold(room)
    return requests.contains { ($0.command == "JOIN" || $0.command == "PART") && $0.asking.names.contains(name) }
  }
}

/// JOIN, until we are in the room: perhaps another one, to which the server sends us (470).
struct JoinAsking: Asking {
  let command = "JOIN"
  var room: String
  var names: [String] { [room] }

  mutating func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    switch line.message.command {
    case Numeric.linkChannel.text:
      guard isCertain || session.fold(line.parameter(1)) == room, session.isRoom(line.parameter(2)) else { return nil }
      room = session.fold(line.parameter(2))
      return .part
    case "JOIN":
      guard line.isFromOwnNick, isCertain || session.fold(line.parameter(0)) == room else { return nil }
      return .finished(.joined(room: line.parameter(0)))
    default: return nil
    }
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? {
    // We were in it already; or a bouncer is still asking for us.
    session.rooms[session.key(room)].map { .joined(room: $0.name) }
  }
}

/// PART, until we are out.
struct PartAsking: Asking {
  let command = "PART"
  let room: String
  var names: [String] { [room] }

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard line.message.command == command, line.isFromOwnNick, session.fold(line.parameter(0)) == room else {
      return nil
    }
    return .finished(.done)
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? { .done }
}
