/// The two characters by which a person names a message. They follow from the message's id, so a message has the same tag
/// after a restart; of two messages with one tag, the one shown last has it.
package struct MessageTags {
  /// Without what is easily taken for something else: i, l, o, and 0, 1.
  private static let firsts = Array("abcdefghjkmnpqrstuvwxyz")
  private static let seconds = firsts + Array("23456789")

  private var shown: [String: Int64] = [:]

  package init() {}

  package static func tag(of message: Int64) -> String {
    let place = Int(message.magnitude % UInt64(firsts.count * seconds.count))
    return String([firsts[place / seconds.count], seconds[place % seconds.count]])
  }

  /// Remembers that the message was shown, and with which tag.
  package mutating func show(_ message: Int64) -> String {
    let tag = Self.tag(of: message)
    shown[tag] = message
    return tag
  }

  /// The message that was shown last with the tag, however it is written.
  package func message(_ tag: String) -> Int64? { shown[tag.lowercased()] }

  package var all: [String] { shown.sorted { $0.value > $1.value }.map(\.key) }
}
