/// Tags with one value for each key, the last one given. Keys are opaque bytes: Swift's string equality would unite keys
/// that are merely canonically equivalent.
struct TagList {
  private(set) var tags: [Tag] = []

  /// Where each key stands; only kept from the ninth tag on, so that thousands of tags do not cost their square.
  private var positions: [[UInt8]: Int] = [:]

  mutating func set(_ key: String, _ value: String) {
    if let position = position(of: key) {
      tags[position].value = value
      return
    }
    if tags.count == 8 {
      for (position, tag) in tags.enumerated() { positions[Array(tag.key.utf8)] = position }
    }
    if tags.count >= 8 { positions[Array(key.utf8)] = tags.count }
    tags.append(Tag(key, value))
  }

  private func position(of key: String) -> Int? {
    tags.count <= 8 ? tags.firstIndex { $0.key.utf8.elementsEqual(key.utf8) } : positions[Array(key.utf8)]
  }
}
