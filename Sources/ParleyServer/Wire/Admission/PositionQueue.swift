/// A queue whose elements can leave from anywhere. All operations take constant time.
struct PositionQueue<Element> {
  private struct Node {
    /// nil: free.
    var element: Element?
    var previous = -1
    var next = -1
  }

  private var nodes: [Node] = []
  private var free: [Int] = []
  private var head = -1
  private var tail = -1
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }
  var first: Element? { head < 0 ? nil : nodes[head].element }

  /// The elements, the first one in front.
  var elements: some Sequence<Element> {
    sequence(state: head) { position in
      guard position >= 0 else { return nil }
      defer { position = nodes[position].next }
      return nodes[position].element
    }
  }

  /// Adds an element at the end.
  /// - Returns: its position, valid until it is removed.
  mutating func append(_ element: Element) -> Int {
    let node = Node(element: element, previous: tail)
    let position: Int
    if let unused = free.popLast() {
      position = unused
      nodes[position] = node
    } else {
      position = nodes.count
      nodes.append(node)
    }
    if tail >= 0 { nodes[tail].next = position } else { head = position }
    tail = position
    count += 1
    return position
  }

  mutating func remove(at position: Int) {
    guard nodes.indices.contains(position), nodes[position].element != nil else { return }
    let node = nodes[position]
    if node.previous >= 0 { nodes[node.previous].next = node.next } else { head = node.next }
    if node.next >= 0 { nodes[node.next].previous = node.previous } else { tail = node.previous }
    count -= 1
    if count == 0 {
      self = PositionQueue()
    } else {
      nodes[position] = Node()
      free.append(position)
    }
  }
}
