import ParleyTerminalKit

/// Chats, identities and lists of rooms as objects for scripts.
enum ChatJSON {
  static func chat(_ chat: Chat, _ place: EventJSON.Place, id: JSON? = nil) -> JSON {
    let kind: String
    switch chat.kind {
    case .room: kind = "room"
    case .person: kind = "person"
    case .server: kind = "server"
    }
    return EventJSON.object(
      "chat",
      members(id) + place.members + [
        JSON.Member("room", .string(chat.name)),
        JSON.Member("kind", .string(kind)), JSON.Member("joined", .bool(chat.isJoined)),
        JSON.Member("unread", .integer(chat.unread)), JSON.Member("mentions", .integer(chat.mentions)),
        JSON.Member("members", .integer(chat.memberCount)), JSON.Member("topic", .text(chat.topic)),
      ])
  }

  static func listed(_ room: ListedRoom, _ place: EventJSON.Place, id: JSON? = nil) -> JSON {
    EventJSON.object(
      "listed",
      members(id) + place.members + [
        JSON.Member("room", .string(room.name)), JSON.Member("members", .integer(room.memberCount)),
        JSON.Member("topic", .string(room.topic)),
      ])
  }

  static func state(_ identity: Identity) -> JSON {
    EventJSON.object(
      "state",
      [JSON.Member("time", .string(Clock.iso8601(Clock.now())))] + identity.place.members + [
        JSON.Member("state", .string(identity.state == .signingIn ? "signing in" : "\(identity.state)")),
        JSON.Member("nick", .string(identity.nick)), JSON.Member("account", .text(identity.account)),
        JSON.Member("reason", identity.result == 0 ? .null : .string(identity.explanation)),
      ])
  }

  private static func members(_ id: JSON?) -> [JSON.Member] { id.map { [JSON.Member("id", $0)] } ?? [] }
}
