import IRC

extension ClientSession {
  func listRooms(_ pattern: String?, _ tag: UInt64) {
    // Masks of ELIST only match names; here a topic matches as well.
    ask(Message(command: "LIST"), tag: tag, ListAsking(pattern: CaseMapping.ascii.fold(pattern ?? "")))
  }
}

/// LIST, until its end: the largest rooms whose name or topic has the pattern in it.
struct ListAsking: Asking {
  static let maximum = 5_000

  let command = "LIST"
  let pattern: String
  private var rooms: [ListedRoom] = []

  init(pattern: String) { self.pattern = pattern }

  mutating func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    switch line.message.command {
    case Numeric.listStart.text: return .part
    case Numeric.list.text:
      take(line, session)
      return .part
    case Numeric.listEnd.text: return .finished(.rooms(largest()), isHidden: true)
    default: return nil
    }
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? { .rooms(largest()) }

  private mutating func take(_ line: Incoming, _ session: ClientSession) {
    // 322 <client> <channel> <count> :<topic>
    let name = line.parameter(1)
    let topic = line.message.parameters.count > 3 ? session.limited(line.text, 1_024) : ""
    guard session.isRoom(name), name.utf8.count <= Rooms.nameLimit else { return }
    if !pattern.isEmpty {
      guard
        CaseMapping.ascii.fold(name).contains(bytes: pattern) || CaseMapping.ascii.fold(topic).contains(bytes: pattern)
      else {
        return
      }
    }
    rooms.append(ListedRoom(name: name, topic: topic, memberCount: max(0, Int(line.parameter(2)) ?? 0)))
    // Now and then the small ones go: memory for twice the maximum is enough.
    if rooms.count >= 2 * Self.maximum { rooms = largest() }
  }

  private func largest() -> [ListedRoom] {
    let sorted = rooms.sorted { $0.memberCount != $1.memberCount ? $0.memberCount > $1.memberCount : $0.name < $1.name }
    return Array(sorted.prefix(Self.maximum))
  }
}
