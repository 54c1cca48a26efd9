/// The objects that scripts read. Every one begins with `v`, the version of this format, and `event`.
package enum EventJSON {
  package static let version: Int64 = 1

  package static func object(_ event: String, _ members: [JSON.Member]) -> JSON {
    .object([JSON.Member("v", .integer(version)), JSON.Member("event", .string(event))] + members)
  }

  /// Where something has happened.
  package struct Place: Equatable, Sendable {
    /// The identity's number in the folder.
    package var identity: Int64
    /// A name for people, which the server or the person may change.
    package var network: String
    package var host: String

    package init(identity: Int64, network: String, host: String) {
      self.identity = identity
      self.network = network
      self.host = host
    }

    package var members: [JSON.Member] {
      [
        JSON.Member("identity", .integer(identity)), JSON.Member("network", .string(network)),
        JSON.Member("host", .string(host)),
      ]
    }
  }

  /// A row of a chat.
  /// - Parameter id: of the command that asked for it; nil if none did.
  package static func row(_ event: String, _ row: Row, _ place: Place, room: String, id: JSON? = nil) -> JSON {
    var members: [JSON.Member] = []
    if let id { members.append(JSON.Member("id", id)) }
    members.append(JSON.Member("time", .string(Clock.iso8601(row.time))))
    members += place.members
    members += [
      JSON.Member("room", .string(room)), JSON.Member("message", .integer(row.id)),
      JSON.Member("msgid", .text(row.networkID)), JSON.Member("kind", .string(kind(row.kind))),
      JSON.Member("state", .string(state(row.state))), JSON.Member("nick", .string(row.nick)),
      JSON.Member("account", .text(row.account)), JSON.Member("text", .string(row.text)),
      JSON.Member("own", .bool(row.isOwn)), JSON.Member("mention", .bool(row.isMention)),
    ]
    if row.isEdited { members.append(JSON.Member("edited", .bool(true))) }
    if row.isLost { members.append(JSON.Member("lost", .bool(true))) }
    if row.isReply {
      members.append(JSON.Member("reply", row.replyTo == 0 ? .null : .integer(row.replyTo)))
      members.append(JSON.Member("reply_msgid", .text(row.replyNetworkID)))
    }
    if let target = row.target { members.append(JSON.Member("target", .string(target))) }
    if let reason = row.reason { members.append(JSON.Member("reason", .string(reason))) }
    if !row.reactions.isEmpty { members.append(JSON.Member("reactions", .array(row.reactions.map(reaction)))) }
    return object(event, members)
  }

  private static func reaction(_ reaction: Row.Reaction) -> JSON {
    .object([
      JSON.Member("text", .string(reaction.text)), JSON.Member("people", .integer(reaction.people)),
      JSON.Member("own", .bool(reaction.isOwn)),
    ])
  }

  private static func kind(_ kind: Row.Kind) -> String { "\(kind)" }
  private static func state(_ state: Row.State) -> String { "\(state)" }
}
