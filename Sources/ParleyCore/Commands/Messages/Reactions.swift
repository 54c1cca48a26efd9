import IRC
import ParleyStore

/// Reactions (`+draft/react` with `+draft/reply`): tag messages that are kept.
enum Reactions {
  /// Of one message, at most so many are looked at for context.
  static let limit = 200
  /// Bytes of one reaction: a few characters of any kind, with all their modifiers.
  static let reactionBytes = 64
  /// Changes that one person may make to the reactions to one message, and everybody together. Taking back is possible
  /// beyond that: for each reaction once.
  private static let ownLimit = 32
  private static let allLimit = 500
  private static let ownBytes = 8_192

  static func referenceLimit(_ tags: [Tag]) -> ReferenceLimit {
    let factor = change(tags)?.isAdded == false ? 2 : 1
    return ReferenceLimit(all: factor * allLimit, own: factor * ownLimit, ownBytes: factor * ownBytes)
  }

  /// Whether a tag message is kept: it reacts to something, or asks for it.
  static func isKept(_ tags: [Tag]) -> Bool {
    if tags.contains(where: { $0.key == "+draft/persist" }) { return true }
    return reference(tags) != nil && change(tags) != nil
  }

  /// The id of the message it is about.
  static func reference(_ tags: [Tag]) -> String? {
    tags.first { $0.key == "+draft/reply" || $0.key == "+reply" }.flatMap { $0.value.isEmpty ? nil : $0.value }
  }

  static func change(_ tags: [Tag]) -> (reaction: String, isAdded: Bool)? {
    for tag in tags {
      switch tag.key {
      case "+draft/react", "+react": return (tag.value, true)
      case "+draft/unreact", "+unreact": return (tag.value, false)
      default: continue
      }
    }
    return nil
  }

  /// What is left of them: the last word of each person on each reaction, if it has not been taken back.
  /// - Parameter events: in order.
  static func standing(_ events: [StoredEvent]) -> [StoredEvent] {
    if events.isEmpty { return [] }
    struct Key: Hashable {
      let sender: Identity
      let reaction: String
    }
    var last: [Key: Int] = [:]
    var isAdded: [Bool] = []
    for (index, event) in events.enumerated() {
      let change = change(tags(event))
      isAdded.append(change?.isAdded ?? false)
      if let change { last[Key(sender: event.sender, reaction: change.reaction)] = index }
    }
    return last.values.filter { isAdded[$0] }.sorted().map { events[$0] }
  }

  private static func tags(_ event: StoredEvent) -> [Tag] {
    (try? Message(parsing: Array(("@" + event.clientTags + " TAGMSG x").utf8)).tags) ?? []
  }
}
