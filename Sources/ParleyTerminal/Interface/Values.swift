import CParley
import ParleyTerminalKit

/// A connection's state, as the header names them.
enum Connection: Int32 {
  case offline, connecting, signingIn, online, waiting, stopped
}

/// One person on one network, copied.
struct Identity {
  var id: Int64
  var state: Connection
  /// Why it is not online: one of PARLEY_E_…, or 0.
  var result: Int32
  var retryTime: Int64
  var pending: Int64
  var reason: String?
  var nick: String
  var account: String?
  var network: String
  var host: String

  init(_ identity: OpaquePointer) {
    id = parley_identity_id(identity)
    state = Connection(rawValue: parley_identity_state(identity)) ?? .offline
    result = parley_identity_result(identity)
    retryTime = parley_identity_retry_time(identity)
    pending = parley_identity_pending(identity)
    reason = string(identity, parley_identity_reason)
    nick = string(identity, parley_identity_nick) ?? ""
    account = string(identity, parley_identity_account)
    host = string(identity, parley_identity_host) ?? ""
    network = string(identity, parley_identity_network) ?? host
  }

  var place: EventJSON.Place { EventJSON.Place(identity: id, network: network, host: host) }

  /// Why it is not online, for people.
  var explanation: String { reason ?? Failure(result).text }
}

/// A room, a person, a server; copied.
struct Chat {
  enum Kind: Int32 {
    case room = 1
    case person
    case server
  }

  var id: Int64
  var identity: Int64
  var kind: Kind
  var isJoined: Bool
  var isWanted: Bool
  var isCurrent: Bool
  var unread: Int64
  var mentions: Int64
  var memberCount: Int64
  var marker: Int64
  var last: Int64
  var name: String
  var topic: String?

  init(_ chat: OpaquePointer) {
    id = parley_chat_id(chat)
    identity = parley_chat_identity(chat)
    kind = Kind(rawValue: parley_chat_kind(chat)) ?? .server
    isJoined = parley_chat_joined(chat) == 1
    isWanted = parley_chat_wanted(chat) == 1
    isCurrent = parley_chat_current(chat) == 1
    unread = parley_chat_unread(chat)
    mentions = parley_chat_mentions(chat)
    memberCount = parley_chat_member_count(chat)
    marker = parley_chat_marker(chat)
    last = parley_chat_last(chat)
    name = string(chat, parley_chat_name) ?? ""
    topic = string(chat, parley_chat_topic)
  }
}

struct Member {
  var nick: String
  var roles: String
  var isAway: Bool

  init(_ member: OpaquePointer) {
    nick = string(member, parley_member_nick) ?? ""
    roles = string(member, parley_member_roles) ?? ""
    isAway = parley_member_away(member) == 1
  }
}

/// A row of a server's list of rooms.
struct ListedRoom {
  var name: String
  var topic: String
  var memberCount: Int64

  init(_ room: OpaquePointer) {
    name = string(room, parley_room_name) ?? ""
    topic = string(room, parley_room_topic) ?? ""
    memberCount = parley_room_member_count(room)
  }
}

/// What an accessor of the library lends, copied; nil if it is not set.
func string(
  _ object: OpaquePointer, _ accessor: (OpaquePointer?, UnsafeMutablePointer<Int>?) -> UnsafePointer<CChar>?
) -> String? {
  var size = 0
  guard let bytes = accessor(object, &size) else { return nil }
  return String(decoding: UnsafeRawBufferPointer(start: bytes, count: size), as: UTF8.self)
}
