import IRC

/// What happens to people in all the rooms they share with us: QUIT, AWAY, ACCOUNT, CHGHOST.
extension ClientSession {
  func handleQuit(_ line: Incoming) {
    guard !line.isFromOwnNick, !line.source.name.isEmpty else { return }
    for room in rooms.removeEverywhere(key(line.source.name)) {
      tellRoom(line, .left, room, text: line.message.parameters.isEmpty ? "" : line.text, concernsUs: false)
    }
    nickBecameFree(line.source.name)
  }

  /// away-notify: with a message gone, without back.
  func handleAway(_ line: Incoming) {
    let isAway = !line.parameter(0).isEmpty
    let person = key(line.source.name)
    for room in rooms.rooms(of: person) { rooms.update(person, in: room) { $0.isAway = isAway } }
  }

  /// account-notify.
  func handleAccount(_ line: Incoming) {
    let given = line.parameter(0)
    let name = given.isEmpty || given == "*" ? nil : limited(given, Rooms.nickLimit)
    let person = key(line.source.name)
    for room in rooms.rooms(of: person) { rooms.update(person, in: room) { $0.account = name } }
    if line.isFromOwnNick { setAccount(name) }
  }

  func handleChangedHost(_ line: Incoming) {
    if line.isFromOwnNick { learnOwnMask(Source(name: "", user: line.parameter(0), host: line.parameter(1))) }
  }
}
