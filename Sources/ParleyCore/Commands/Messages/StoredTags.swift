import IRC

/// Client-only tags in wire form, as they are delivered and as they are stored.
///
/// A line may have 4,094 bytes of them; all are delivered, but every reader of the history would pay for what is stored.
/// So only as many are stored as fit, first those that say what the message is about.
struct StoredTags {
  /// Bytes of the tags of one event, together.
  static let limit = 1_024
  private static let first: Set<String> = [
    "+draft/reply", "+reply", "+draft/react", "+react", "+draft/unreact", "+unreact", "+draft/persist",
  ]

  private(set) var all = ""
  private(set) var stored = ""

  init(_ tags: [Tag], excluding key: String) {
    let words = tags.filter { $0.isClientOnly && $0.key != key }.map {
      (isFirst: Self.first.contains($0.key), Self.wire($0))
    }
    all = words.map(\.1).joined(separator: ";")
    guard all.utf8.count > Self.limit else {
      stored = all
      return
    }
    var room = Self.limit
    var isKept = words.map { _ in false }
    for important in [true, false] {
      for (index, word) in words.enumerated() where word.isFirst == important && word.1.utf8.count < room {
        isKept[index] = true
        room -= word.1.utf8.count + 1
      }
    }
    stored = zip(words, isKept).filter(\.1).map(\.0.1).joined(separator: ";")
  }

  private static func wire(_ tag: Tag) -> String {
    guard !tag.value.isEmpty else { return tag.key }
    var bytes: [UInt8] = []
    TagEscape.append(tag.value, to: &bytes)
    return tag.key + "=" + String(decoding: bytes, as: UTF8.self)
  }
}
