/// Things in the order of their keys, which can be gone through in pieces while some come and go.
///
/// Whoever goes through it keeps the last key. A thing that is there all the time is met exactly once. Removing leaves a gap, because
/// thousands may leave at once; the gaps are closed when they are more than the things.
package struct Roster<Key: Comparable, Element> {
  private var entries: [(key: Key, element: Element?)] = []
  package private(set) var count = 0

  package init() {}

  package subscript(key: Key) -> Element? {
    let place = place(of: key)
    return place < entries.count && entries[place].key == key ? entries[place].element : nil
  }

  package mutating func insert(_ element: Element, at key: Key) {
    let place = place(of: key)
    if place < entries.count, entries[place].key == key {
      if entries[place].element == nil { count += 1 }
      entries[place].element = element
    } else {
      entries.insert((key, element), at: place)
      count += 1
    }
  }

  package mutating func remove(_ key: Key) {
    let place = place(of: key)
    guard place < entries.count, entries[place].key == key, entries[place].element != nil else { return }
    entries[place].element = nil
    count -= 1
    if entries.count > 64, count * 2 < entries.count { entries.removeAll { $0.element == nil } }
  }

  /// The next things behind a key, at most so many.
  /// - Parameter cursor: nil: from the beginning. Afterwards the last key that has been looked at; nil: there is nothing more.
  package func next(_ most: Int, after cursor: inout Key?) -> [Element] {
    var place = cursor.map { key in self.place(of: key) } ?? 0
    if let key = cursor, place < entries.count, entries[place].key == key { place += 1 }
    let end = min(entries.count, place + max(1, most))
    let found = entries[place..<end].compactMap(\.element)
    cursor = end < entries.count ? entries[end - 1].key : nil
    return found
  }

  /// Where the key is, or would be.
  private func place(of key: Key) -> Int {
    if let last = entries.last, last.key < key { return entries.count }
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].key < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
