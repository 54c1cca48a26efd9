import IRC
import ParleyStore

/// What happens to rooms besides talk, as it stands in their histories (chathistory, "event-playback").
extension Core {
  /// A line about a room as an event of its history.
  func roomEvent(_ line: Message, in room: Room, by user: User) -> NewEvent {
    let kinds: [String: EventKind] = [
      "TOPIC": .topic, "KICK": .kick, "MODE": .mode, "JOIN": .join, "PART": .part, "QUIT": .quit, "NICK": .nick,
    ]
    let kind = kinds[line.command] ?? .mode
    let isAboutRoom = kind != .quit && kind != .nick
    return NewEvent(
      conversation: room.conversation, kind: kind, sender: user.identity, source: user.source,
      account: user.accountName, target: isAboutRoom ? room.name : "",
      text: Self.words(isAboutRoom ? line.parameters.dropFirst() : line.parameters[...]),
      clientTags: user.serverTags, time: now)
  }

  /// JOIN, PART, QUIT and NICK are noise in a history: kept only where the operator wants them.
  func comings(_ line: Message, in rooms: [Room], by user: User) -> [Change] {
    guard configuration.historyComings else { return [] }
    return rooms.map { .append(roomEvent(line, in: $0, by: user)) }
  }

  /// Parameters as they stand on the wire, the last one with its colon.
  private static func words(_ parameters: ArraySlice<String>) -> String {
    guard let last = parameters.last else { return "" }
    return (parameters.dropLast() + [":" + last]).joined(separator: " ")
  }
}
