import IRC
import ParleyStore

/// Up to when somebody has read what (IRCv3 "read-marker"), by folded names. Times only grow.
struct ReadMarkers {
  /// Beyond these the one that is oldest is forgotten.
  static let limit = 1_000

  private var times: [String: Timestamp] = [:]
  /// Those that are being stored: what is stored of them, and how many changes are on their way.
  private var underway: [String: (stored: Timestamp?, count: Int)] = [:]

  /// What may be told: what a crash does not take back.
  func stored(_ target: String) -> Timestamp? {
    if let found = underway[target] { found.stored } else { times[target] }
  }

  mutating func beginStoring(_ target: String, _ time: Timestamp) {
    underway[target, default: (times[target], 0)].count += 1
    times[target] = time
  }

  /// - Parameter time: nil: it could not be stored.
  mutating func endStoring(_ target: String, _ time: Timestamp?) {
    guard var found = underway[target] else { return }
    found.count -= 1
    if let time { found.stored = time }
    underway[target] = found.count > 0 ? found : nil
  }

  /// Nothing that is still to be said can have been read: what a clock that was ahead had marked ends now.
  /// - Returns: the targets whose times have changed.
  mutating func limit(to now: Timestamp) -> [String] {
    let ahead = times.filter { $0.value > now }.keys.sorted()
    for target in ahead { times[target] = now }
    return ahead
  }

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
  /// No marker is in the future.
  func limitReadMarkers() {
    for account in accounts.all where account.isStored {
      let changes = account.readMarkers.limit(to: now).map {
        Change.putReadMarker(ReadMarkerRecord(account: account.id, target: $0, time: now))
      }
      // Where they cannot be stored, the next start does it again.
      if !changes.isEmpty { transact(Transaction(changes)) }
    }
    for guest in guests.values { _ = guest.readMarkers.limit(to: now) }
  }

  /// How a room or person is known for markers: an account by its name, whatever its nick.
  func markerKey(_ target: String) -> String {
    let account = users[FoldedName(target)]?.account ?? accounts[target]
    return FoldedName(Names.isChannel(target) ? target : account?.name ?? target).description
  }

  func markerLine(_ target: String, of user: User) -> Message {
    let time = user.readMarkers.stored(markerKey(target)).map { "timestamp=\($0.iso8601)" } ?? "*"
    return Message(source: configuration.serverName, command: "MARKREAD", parameters: [target, time])
  }
}
