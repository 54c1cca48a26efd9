import IRC
import ParleyCache
import SQLite
import Seeded
import Testing

@Suite("Order")
struct OrderTests {
  @Test("messages with a sequence stand by it, however they come", arguments: UInt64(1)...10)
  func sequences(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let cache = try Cache.settled()
    var log: [MessageRow] = []
    var time: Int64 = 1_000
    for n in 1...60 {
      time += Int64.random(in: 0...1, using: &random)
      let nick = Int.random(in: 0..<4, using: &random) == 0 ? "me" : "bob"
      log.append(said("\(n)", by: nick, at: time, sequence: Int64(n), id: "m\(n)"))
    }
    // Own ones are queued first; each is acknowledged, or brought by history, or both, in any order.
    var queued: [String: OutboxRow] = [:]
    for row in log where row.isOwn && Bool.random(using: &random) { queued[row.text] = try cache.send(row.text) }
    for row in (log + log.prefix(30)).shuffled(using: &random) {
      if let own = queued[row.text], Bool.random(using: &random) {
        try cache.acknowledge(own, row.networkID, at: row.time.milliseconds, sequence: row.sequence)
      } else {
        try cache.add(row)
      }
    }
    for row in log {
      guard let own = queued[row.text] else { continue }
      try cache.acknowledge(own, row.networkID, at: row.time.milliseconds, sequence: row.sequence)
    }
    #expect(try cache.texts() == log.map(\.text))
    #expect(try cache.pendingCount(identity: me) == 0)
  }

  @Test("without sequences: live, from history, acknowledged, it ends in the server's order", arguments: UInt64(1)...60)
  func mixedArrival(seed: UInt64) throws {
    var client = try Client(seed: seed)
    for _ in 0..<40 {
      try client.live()
      try client.checkHoles()
    }
    try client.finish()
    let texts = try client.cache.texts()
    let expected = client.log.map(\.text)
    #expect(texts == expected)
  }

  @Test("rows of what happened stand by time, behind what was said in the same millisecond")
  func events() throws {
    let cache = try Cache.settled()
    try cache.add(joined("amy", at: 5))
    try cache.add(said("five", at: 5))
    try cache.add(said("six", at: 6, sequence: 2))
    try cache.add(joined("bob", at: 6))
    try cache.add(joined("zoe", at: 6))
    try cache.add(said("six too", at: 6, sequence: 3))
    #expect(try cache.texts() == ["five", "+amy", "six", "six too", "+bob", "+zoe"])
  }

  @Test("a page of history within one millisecond keeps its order and lies before what is newer")
  func oneMillisecond() throws {
    let cache = try Cache.settled()
    try cache.add(said("1", at: 7, id: "1"))
    try cache.add(said("8", at: 7, id: "8"))
    var newer = cursor("8", at: 7)
    for page in [["5", "6", "7"], ["2", "3", "4"]] {
      for text in page { try cache.add(said(text, at: 7, id: text), before: newer) }
      newer = cursor(page[0], at: 7)
    }
    try cache.add(said("9", at: 7, id: "9"))
    // A cursor that is not here, or lies elsewhere, changes nothing.
    try cache.add(said("10", at: 7), before: cursor("?", at: 7))
    try cache.add(said("11", at: 7), before: cursor("8", at: 8))
    #expect(try cache.texts() == (1...11).map(String.init))
  }
}

/// A client of a server without sequences, whose clock is so coarse that times are often equal: it is connected and
/// not, sends, catches up, and asks for history in pages.
private struct Client {
  let cache: Cache
  var log: [MessageRow] = []
  private var random: SeededRandom
  private var time: Int64 = 1_000
  private var queued: [OutboxRow] = []
  private var cursorOfNewest: Cursor?

  init(seed: UInt64) throws {
    random = SeededRandom(seed: seed)
    cache = try Cache.settled()
  }

  private func cursor(_ index: Int) -> Cursor {
    CacheTests.cursor(log[index].networkID, at: log[index].time.milliseconds)
  }

  private func index(_ cursor: Cursor?) -> Int? { cursor.flatMap { Int($0.networkID) } }

  /// The server logs a message; nobody may be there to hear it.
  private mutating func say(by nick: String) -> MessageRow {
    time += Int64.random(in: 0..<6, using: &random) / 5
    let row = said("\(log.count)", by: nick, at: time, id: "\(log.count)")
    log.append(row)
    return row
  }

  /// A connection: what was missed becomes a gap, the rest comes live; between, gaps are filled.
  mutating func live() throws {
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      // An own message that arrived there, and whose answer was lost.
      let own = Int.random(in: 0..<5, using: &random) == 0 ? queued.first : nil
      var row = say(by: own == nil ? "bob" : "me")
      if let own {
        row.text = own.text
        log[log.count - 1].text = own.text
        lost.append((own, row))
        queued.removeFirst()
      }
    }
    // Catching up from where it was, as far as it comes, before anything newer is stored.
    let missed = (index(cursorOfNewest) ?? -1) + 1
    if Bool.random(using: &random) {
      for row in log[missed...].prefix(Int.random(in: 0...4, using: &random)) {
        try cache.add(row)
        cursorOfNewest = CacheTests.cursor(row.networkID, at: row.time.milliseconds)
      }
    }
    var isFirst = true
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      switch Int.random(in: 0..<4, using: &random) {
      case 0: queued.append(try cache.send("own \(log.count)-\(queued.count)"))
      case 1 where !queued.isEmpty && !isFirst:
        let own = queued.removeFirst()
        let row = say(by: "me")
        log[log.count - 1].text = own.text
        try cache.acknowledge(own, row.networkID, at: row.time.milliseconds)
        cursorOfNewest = cursor(log.count - 1)
      default:
        let row = say(by: "bob")
        try cache.add(row)
        let newest = cursor(log.count - 1)
        if isFirst, (index(cursorOfNewest) ?? -1) + 1 < log.count - 1 {
          try cache.turn { () throws(SQLiteError) in
            _ = try cache.insertGap(
              chat: lobby, ends: GapEnds(older: cursorOfNewest, newer: newest), isClosable: true)
          }
        }
        isFirst = false
        cursorOfNewest = newest
      }
      if Bool.random(using: &random) { try fill() }
      // The lost answer comes with the repetition.
      if Bool.random(using: &random), let (own, row) = lost.popLast() {
        guard try cache.message(networkID: row.networkID, in: lobby) != nil else {
          lost.append((own, row))
          continue
        }
        try cache.acknowledge(own, row.networkID, at: row.time.milliseconds)
      }
    }
  }

  private var lost: [(OutboxRow, MessageRow)] = []

  /// One page of one gap, from its newer end.
  private mutating func fill() throws {
    guard let id = try cache.gaps(chat: lobby).randomElement(using: &random), var ends = try cache.gap(id)?.ends,
      let newer = ends.newer, let end = index(newer)
    else { return }
    let start = (index(ends.older) ?? -1) + 1
    let first = max(start, end - Int.random(in: 1...3, using: &random))
    try cache.begin()
    for row in log[first..<end] { try cache.insert(row, isOld: true, before: newer) }
    ends.newer = cursor(first)
    if first == start {
      try cache.deleteMessage(id)
    } else {
      try cache.updateGap(id, ends: ends)
    }
    try cache.commit()
  }

  /// What is there is in the server's order, and a gap stands exactly where something is missing.
  func checkHoles() throws {
    var last = -1
    var isOpen = false
    for row in try cache.rows() where row.state == .sent {
      if row.kind == 32 {
        try #require(!isOpen, "two gaps side by side")
        isOpen = true
      } else {
        let index = try #require(Int(row.networkID))
        try #require(index > last, "\(index) behind \(last)")
        // The newest may still have missed ones behind it; no gap says so before something newer comes.
        try #require(isOpen == (index > last + 1), "between \(last) and \(index)")
        last = index
        isOpen = false
      }
    }
    #expect(!isOpen)
  }

  /// Closes all gaps, gets all answers.
  mutating func finish() throws {
    cache.rollBack()
    let row = say(by: "bob")
    try cache.add(row)
    if (index(cursorOfNewest) ?? -1) + 1 < log.count - 1 {
      try cache.turn { () throws(SQLiteError) in
        _ = try cache.insertGap(
          chat: lobby, ends: GapEnds(older: cursorOfNewest, newer: cursor(log.count - 1)), isClosable: true)
      }
    }
    while try !cache.gaps(chat: lobby).isEmpty { try fill() }
    for (own, row) in lost { try cache.acknowledge(own, row.networkID, at: row.time.milliseconds) }
    for own in queued {
      let row = say(by: "me")
      log[log.count - 1].text = own.text
      try cache.acknowledge(own, row.networkID, at: row.time.milliseconds)
    }
  }
}
