import IRC

/// Work that waits: for its payer's supply, or only for others to have their turn. Each payer's in the order in which it came, the
/// payers in turn.
struct WorkQueue {
  private struct Line {
    var tasks: [(Core) -> Void] = []
    var head = 0
  }

  /// nil: somebody who pays nothing.
  private var lines: [Payer?: Line] = [:]
  private var order: [Payer?] = []

  var isEmpty: Bool { order.isEmpty }
  /// Who waits.
  var payers: [Payer?] { order }

  mutating func append(_ task: @escaping (Core) -> Void, for payer: Payer?) {
    if lines[payer] == nil { order.append(payer) }
    lines[payer, default: Line()].tasks.append(task)
  }

  /// The oldest task of a payer, who then waits behind the others.
  mutating func next(of payer: Payer?) -> ((Core) -> Void)? {
    guard var line = lines.removeValue(forKey: payer) else { return nil }
    order.removeAll { $0 == payer }
    let task = line.tasks[line.head]
    line.head += 1
    if line.head < line.tasks.count {
      if line.head > 64, line.head * 2 > line.tasks.count {
        line.tasks.removeFirst(line.head)
        line.head = 0
      }
      lines[payer] = line
      order.append(payer)
    }
    return task
  }
}
