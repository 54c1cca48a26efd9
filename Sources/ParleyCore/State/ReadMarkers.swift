import IRC

/// Up to when somebody has read what (IRCv3 "read-marker"), by folded names. Times only grow.
struct ReadMarkers {
  /// Beyond these the one that is oldest is forgotten.
  static let limit = 1_000

  private var times: [String: Timestamp] = [:]

  subscript(target: String) -> Timestamp? {
    get { times[target] }
    set { times[target] = newValue }
  }

  /// What has to go before another target has room.
  func surplus(for target: String) -> String? {
    guard times[target] == nil, times.count >= Self.limit else { return nil }
    return times.min { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }
}

extension User {
  /// An account's are the same on all its devices, and stay; a guest's end with it.
  var readMarkers: ReadMarkers {
    get { account?.readMarkers ?? guestMarkers }
    set { if let account { account.readMarkers = newValue } else { guestMarkers = newValue } }
  }
}

extension Core {
  /// How a room or person is known for markers: an account by its name, whatever its nick.
  func markerKey(_ target: String) -> String {
    let account = users[FoldedName(target)]?.account ?? accounts[target]
    return FoldedName(Names.isChannel(target) ? target : account?.name ?? target).description
  }

  func markerLine(_ target: String, of user: User) -> Message {
    let time = user.readMarkers[markerKey(target)].map { "timestamp=\($0.iso8601)" } ?? "*"
    return Message(source: configuration.serverName, command: "MARKREAD", parameters: [target, time])
  }
}
