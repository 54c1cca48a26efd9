import IRC

/// What happens in rooms: JOIN, PART, KICK, TOPIC, MODE, INVITE.
extension ClientSession {
  /// Events beyond this wait for the driver; somebody in thousands of rooms must not make millions of them.
  static let maximumEvents = 65_536

  /// The room's name as we know it.
  func roomName(_ given: String) -> String { rooms[key(given)]?.name ?? limited(given, Rooms.nameLimit) }

  func tellRoom(
    _ line: Incoming, _ kind: RoomEvent.Kind, _ room: FoldedName, target: String = "", text: String = "",
    concernsUs: Bool
  ) {
    guard let name = rooms[room]?.name else { return }
    tellRoom(line, kind, named: name, target: target, text: text, concernsUs: concernsUs)
  }

  func tellRoom(
    _ line: Incoming, _ kind: RoomEvent.Kind, named name: String, target: String = "", text: String = "",
    account: String? = nil, concernsUs: Bool
  ) {
    guard events.count < Self.maximumEvents else { return }
    events.append(
      .room(
        RoomEvent(
          kind: kind, room: name, nick: line.source.name, account: account ?? line.account, target: target, text: text,
          position: line.position, concernsUs: concernsUs)))
  }

  func handleJoin(_ line: Incoming) {
    // Old servers send several rooms in one line.
    for name in line.parameter(0).split(separator: ",").prefix(Rooms.maximumRooms).map(String.init) {
      guard isRoom(name), !line.source.name.isEmpty else { continue }
      let room = key(name)
      // extended-join: the account, `*` for none.
      var account = line.account
      if line.message.parameters.count > 1 {
        let given = line.parameter(1)
        account = given.isEmpty || given == "*" || given == "0" ? nil : limited(given, Rooms.nickLimit)
      }
      if line.isFromOwnNick {
        learnOwnMask(line.source)
        learnServerClock(line)
        guard rooms.enter(name, key: room, at: since(line), isTold: line.told != nil) else { continue }
      }
      guard rooms[room] != nil else { continue }
      rooms.add(Member(nick: line.source.name, account: account), key: key(line.source.name), to: room)
      tellRoom(line, .joined, named: roomName(name), account: account, concernsUs: line.isFromOwnNick)
    }
  }

  /// The moment of a line, for comparing with the server's times. Our own clock may be ahead of the server's.
  func since(_ line: Incoming) -> Timestamp { line.told ?? wallClock.adding(milliseconds: -1_000) }

  func handlePart(_ line: Incoming) {
    let reason = line.message.parameters.count > 1 ? line.text : ""
    for name in line.parameter(0).split(separator: ",").prefix(Rooms.maximumRooms).map(String.init) {
      leave(key(name), key(line.source.name)) {
        tellRoom(line, .left, $0, text: reason, concernsUs: line.isFromOwnNick)
      }
    }
  }

  func handleKick(_ line: Incoming) {
    let victim = line.parameter(1)
    let reason = line.message.parameters.count > 2 ? line.text : ""
    leave(key(line.parameter(0)), key(victim)) {
      tellRoom(line, .kicked, $0, target: victim, text: reason, concernsUs: isOwnNick(victim))
    }
  }

  /// Tells first, while the room is still known.
  private func leave(_ room: FoldedName, _ member: FoldedName, _ tell: (FoldedName) -> Void) {
    let isOwn = member == key(ownNick.current)
    guard rooms[room] != nil, isOwn || rooms.isMember(member, of: room) else { return }
    tell(room)
    rooms.remove(member, from: room)
    if isOwn { rooms.leave(room) }
  }

  func handleTopic(_ line: Incoming) {
    let room = key(line.parameter(0))
    guard rooms[room] != nil, line.message.parameters.count > 1 else { return }
    tellRoom(line, .topic, room, text: line.text, concernsUs: line.isFromOwnNick)
  }

  /// RPL_TOPIC, RPL_NOTOPIC: the topic as it was before.
  func handleTopicReply(_ line: Incoming, topic: String) {
    guard let room = rooms[key(line.parameter(1))] else { return sayNumeric(line) }
    events.append(.topicIs(room: room.name, topic))
  }

  func handleMode(_ line: Incoming) {
    let room = key(line.parameter(0))
    guard rooms[room] != nil, line.message.parameters.count > 1 else { return }
    let parameters = Array(line.message.parameters.dropFirst(2))
    var concernsUs = line.isFromOwnNick
    for case .change(let change) in network.grammar.parse(line.parameter(1), parameters) {
      guard let prefix = network.prefix(ofMode: change.mode), let nick = change.parameter else { continue }
      if isOwnNick(nick) { concernsUs = true }
      rooms.update(key(nick), in: room) { member in
        let others = member.roles.filter { $0 != prefix }
        member.roles = network.sorted(change.adding ? others + [prefix] : others)
      }
    }
    let text = line.message.parameters.dropFirst().joined(separator: " ")
    tellRoom(line, .mode, room, text: text, concernsUs: concernsUs)
  }

  /// To us, or, with invite-notify, to somebody else in a room of ours.
  func handleInvite(_ line: Incoming) {
    let guest = line.parameter(0)
    let name = line.parameter(1)
    guard isRoom(name), !guest.isEmpty else { return }
    let isForUs = isOwnNick(guest)
    guard isForUs || rooms[key(name)] != nil else { return }
    tellRoom(
      line, .invited, named: roomName(name), target: limited(guest, Rooms.nickLimit),
      concernsUs: isForUs || line.isFromOwnNick)
  }

  /// What a line of a room's history tells happened there (draft/event-playback); nil: nothing that people are shown.
  func happening(_ line: Incoming, in room: String) -> RoomEvent? {
    guard isRoom(room), !line.source.name.isEmpty else { return nil }
    let kinds: [String: RoomEvent.Kind] = [
      "JOIN": .joined, "PART": .left, "QUIT": .left, "KICK": .kicked, "NICK": .renamed, "TOPIC": .topic, "MODE": .mode,
    ]
    let parameters = line.message.parameters
    guard let kind = kinds[line.message.command] else { return nil }
    var (target, text) = ("", "")
    switch kind {
    case .left where line.message.command == "QUIT": text = line.text
    case .left, .topic: text = parameters.count > 1 ? line.text : ""
    case .kicked: (target, text) = (limited(line.parameter(1), Rooms.nickLimit), parameters.count > 2 ? line.text : "")
    case .renamed: target = limited(line.parameter(0), Rooms.nickLimit)
    case .mode: text = parameters.dropFirst().joined(separator: " ")
    case .joined, .invited: break
    }
    return RoomEvent(
      kind: kind, room: room, nick: limited(line.source.name, Rooms.nickLimit), account: line.account, target: target,
      text: text, position: line.position, concernsUs: line.isFromOwnNick)
  }
}
