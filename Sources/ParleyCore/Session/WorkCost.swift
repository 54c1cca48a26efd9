import IRC
import ParleyStore

/// What commands cost, in looks.
enum WorkCost {
  /// Commands that may cost much. They wait while their payer's supply is used up; talk has another.
  static let costly: Set<String> = [
    "ACCEPT", "AWAY", "CHATHISTORY", "EDIT", "HISTORY", "INVITE", "JOIN", "KICK", "LIST", "MARKREAD", "METADATA",
    "MODE",
    "MONITOR", "NAMES", "NICK", "PART", "REDACT", "RENAME", "SETNAME", "SILENCE", "TOPIC", "WHO", "WHOIS",
  ]

  /// Commands that pass on what somebody says. They cost as much as they bring to others.
  static let talk: Set<String> = ["BATCH", "NOTICE", "PRIVMSG", "TAGMSG"]

  /// Bytes that are written to so many connections: what it costs to say it at all, what a write costs, and the bytes.
  static func passing(_ bytes: Int, to recipients: Int) -> Int { 5 + recipients * (100 + bytes) / 1_024 }

  /// One transaction, or one room made.
  static let change = 20

  /// A line to everybody in a room.
  static func telling(_ room: Room) -> Int { room.connectionCount / 4 }

  /// Coming in: others see it, the lists are looked at, and everybody is shown.
  static func joining(_ room: Room) -> Int {
    let lists = room[list: "b"].count + room[list: "e"].count + room[list: "I"].count
    return change + 5 * lists + 2 * telling(room)
  }

  /// One name or a few words are compared with a pattern.
  static func match(_ pattern: Mask) -> Int { 1 + pattern.text.utf8.count / 8 }

  /// How many things are looked at in one go: nobody waits for longer than some milliseconds.
  static func slice(_ most: Int, of cost: Int) -> Int { max(10, most / max(1, cost)) }

  static func answer(_ result: QueryResult) -> Int {
    switch result {
    case .page(let page): change + page.looked + page.events.reduce(0) { $0 + 1 + $1.context.count }
    case .summaries(let summaries, let looked): change + looked + summaries.count
    case .found, .conversation, .account, .failed: change
    }
  }
}

extension Core {
  /// A change that everybody in these rooms is told of.
  /// - Parameter person: somebody who appears in another way, which those who watch them are told as well.
  func chargeChange(_ session: Session, in rooms: [Room], of person: User? = nil) {
    charge(
      session,
      rooms.reduce(WorkCost.change) { $0 + WorkCost.telling($1) }
        + (person.map { monitors.count(of: $0.folded) } ?? 0))
  }
}
