import IRC
import ParleyStore

/// Who or what has metadata (IRCv3 draft/metadata-3).
enum MetadataTarget {
  case user(User)
  case room(Room)

  var name: String {
    switch self {
    case .user(let user): user.nick
    case .room(let room): room.name
    }
  }

  var values: [String: String] {
    get {
      switch self {
      case .user(let user): user.account?.metadata ?? user.guestMetadata
      case .room(let room): room.metadata
      }
    }
    nonmutating set {
      switch self {
      case .user(let user):
        if let account = user.account { account.metadata = newValue } else { user.guestMetadata = newValue }
      case .room(let room): room.metadata = newValue
      }
    }
  }

  /// As far as lines have told of them.
  var shownValues: [String: String] {
    switch self {
    case .user(let user): user.earlierMetadata.value ?? values
    case .room(let room): room.earlierMetadata.value ?? values
    }
  }

  /// As lines name it.
  var shownName: String {
    switch self {
    case .user(let user): user.shownNick
    case .room(let room): room.shownName
    }
  }

  /// The values change. `endChange` follows at the change's place in the order.
  func beginChange() {
    switch self {
    case .user(let user): user.earlierMetadata.begin(values)
    case .room(let room): room.earlierMetadata.begin(values)
    }
  }

  /// - Parameter changed: nil: they could not be stored.
  func endChange(_ changed: [(key: String, value: String)]?) {
    let change = changed.map { changed in
      { (values: inout [String: String]) in
        for (key, value) in changed { values[key] = value.isEmpty ? nil : value }
      }
    }
    switch self {
    case .user(let user): user.earlierMetadata.end(change)
    case .room(let room): room.earlierMetadata.end(change)
    }
  }

  /// As whose it is stored; nil for guests, whose metadata ends with them.
  var owner: MetadataOwner? {
    switch self {
    case .user(let user): user.account.map { .account($0.id) }
    case .room(let room): .room(room.id)
    }
  }

  /// Keys and values in the order of the keys, so that equal states are told equally.
  var sorted: [(key: String, value: String)] { values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } }
}

enum MetadataKey {
  static let maximumBytes = 64

  /// Section "Keys and Values": `a-z`, `0-9` and `_./-`, at least one.
  static func isValid(_ key: String) -> Bool {
    !key.isEmpty && key.utf8.count <= maximumBytes
      && key.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
          UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}

/// Which sessions want to know of which keys. A subscription ends with its session.
struct MetadataBook {
  private var subscribers: [String: Set<ConnectionID>] = [:]

  func count(of key: String) -> Int { subscribers[key]?.count ?? 0 }

  func subscribers(of key: String) -> [ConnectionID] { subscribers[key].map { $0.sorted() } ?? [] }

  mutating func subscribe(_ session: Session, to key: String) {
    session.metadataKeys.append(key)
    subscribers[key, default: []].insert(session.id)
  }

  mutating func unsubscribe(_ session: Session, from key: String) {
    session.metadataKeys.removeAll { $0 == key }
    subscribers[key]?.remove(session.id)
    if subscribers[key]?.isEmpty == true { subscribers[key] = nil }
  }

  mutating func clear(_ session: Session) {
    for key in session.metadataKeys { unsubscribe(session, from: key) }
  }
}

/// How often somebody may do something that costs others.
struct Pace {
  static let most = 30
  static let seconds: Int64 = 60

  private var times: [MonotonicTime] = []

  /// Seconds to wait; nil: now, and that is counted.
  mutating func wait(at now: MonotonicTime) -> Int64? {
    times.removeAll { now.milliseconds - $0.milliseconds >= Self.seconds * 1_000 }
    guard times.count >= Self.most, let first = times.first else {
      times.append(now)
      return nil
    }
    return max(1, (first.milliseconds + Self.seconds * 1_000 - now.milliseconds + 999) / 1_000)
  }
}
