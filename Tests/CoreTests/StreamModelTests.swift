import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Seeded
import Testing

/// A client's picture of rooms and people, drawn from nothing but the lines it has received, in their order.
private struct Picture {
  struct Room: Equatable {
    var members: [String: Set<Character>] = [:]
    var topic = ""
  }

  private(set) var nick: String
  private(set) var rooms: [String: Room] = [:]
  /// Lines that make no sense where they stand.
  private(set) var contradictions: [String] = []
  private static let roles: [Character: Character] = ["q": "~", "a": "&", "o": "@", "h": "%", "v": "+"]

  init(nick: String) { self.nick = nick }

  mutating func read(_ message: Message) {
    let source = message.source.map { Source(parsing: $0).name } ?? ""
    let words = message.parameters
    let known = contradictions.count
    func isKnown() -> Bool { source == nick || rooms.values.contains { $0.members[source] != nil } }
    func complain(_ reason: String) { contradictions.append("\(reason): \(message.wire)") }
    switch message.command {
    case "NICK":
      if !isKnown() { complain("from somebody unknown") }
      for name in rooms.keys {
        if let roles = rooms[name]?.members.removeValue(forKey: source) { rooms[name]?.members[words[0]] = roles }
      }
      if source == nick { nick = words[0] }
    case "JOIN":
      if source == nick {
        rooms[words[0]] = Room(members: [nick: []])
      } else if rooms[words[0]] == nil {
        complain("in a room it is not in")
      } else {
        if rooms[words[0]]?.members[source] != nil { complain("is in the room already") }
        rooms[words[0]]?.members[source] = []
      }
    case "PART": leave(source, words[0], message)
    case "KICK": leave(words[1], words[0], message)
    case "QUIT":
      if !isKnown() { complain("from somebody unknown") }
      for name in rooms.keys { rooms[name]?.members[source] = nil }
    case "RENAME":
      if let room = rooms.removeValue(forKey: words[0]) {
        rooms[words[1]] = room
      } else {
        complain("of a room it is not in")
      }
    case "TOPIC":
      if rooms[words[0]] == nil { complain("in a room it is not in") }
      rooms[words[0]]?.topic = words[1]
    case "MODE" where Names.isChannel(words[0]): change(words, message)
    case "AWAY", "SETNAME": if !isKnown() { complain("from somebody unknown") }
    case "353":
      for word in words[3].split(separator: " ") {
        let name = word.drop { Self.roles.values.contains($0) }
        rooms[words[2]]?.members[String(name)] = Set(word.prefix(word.count - name.count))
      }
    case "332": rooms[words[1]]?.topic = words[2]
    case "331": rooms[words[1]]?.topic = ""
    case "366": if let room = rooms[words[1]], room.members[nick] == nil { complain("without oneself") }
    default: break
    }
    if message.command.utf8.first == UInt8(ascii: "3"), words[0] != nick { complain("to another nick") }
    precondition(contradictions.count >= known)
  }

  private mutating func leave(_ name: String, _ room: String, _ message: Message) {
    if rooms[room]?.members.removeValue(forKey: name) == nil { contradictions.append("is not there: \(message.wire)") }
    if name == nick { rooms[room] = nil }
  }

  private mutating func change(_ words: [String], _ message: Message) {
    let grammar = ModeGrammar(lists: "beI", always: "k", whenSet: "HWfl", flags: "CJMPRimnrst", prefixes: "qaohv")
    for item in grammar.parse(words[1], Array(words.dropFirst(2))) {
      guard case .change(let change) = item, let sign = Self.roles[change.mode], let name = change.parameter else {
        continue
      }
      guard rooms[words[0]]?.members[name] != nil else {
        contradictions.append("for somebody unknown: \(message.wire)")
        continue
      }
      if change.adding {
        rooms[words[0]]?.members[name]?.insert(sign)
      } else {
        rooms[words[0]]?.members[name]?.remove(sign)
      }
    }
  }
}

/// What a client computes from the stream is the state, whatever waits for the disk and whatever fails.
@Suite("The order of lines")
struct StreamModelTests {
  private static let rooms = ["#a", "#b", "#c"]

  private func words(_ dice: inout SeededRandom, nicks: [String]) -> String {
    func pick(_ list: [String]) -> String { list[Int(dice.next() % UInt64(list.count))] }
    let room = pick(Self.rooms)
    switch dice.next() % 16 {
    case 0...3: return "JOIN \(room)"
    case 4, 5: return "PART \(room)"
    case 6, 7: return "NICK \(pick(["n1", "n2", "n3", "n4", "n5", "n6", "n7"]))"
    case 8: return "TOPIC \(room) :\(pick(["", "tea", "coffee", "milk"]))"
    case 9: return "MODE \(room) \(pick(["+v", "-v", "+o", "+h-v", "+vo"])) \(pick(nicks)) \(pick(nicks))"
    case 10: return "MODE \(room) \(pick(["+m", "-m", "+nt-nt", "+l 9"]))"
    case 11: return "KICK \(room) \(pick(nicks)) :out"
    case 12: return "AWAY \(pick(["", ":lunch"]))"
    case 13: return "SETNAME :\(pick(["One", "Two"]))"
    case 14: return "RENAME \(room) \(pick(Self.rooms)) :moved"
    default: return "NAMES \(room)"
    }
  }

  @Test(arguments: 1...40) func pictures(seed: Int) throws {
    var dice = SeededRandom(seed: UInt64(seed))
    let store = MemoryStore()
    let world = try World(store: store, seed: UInt64(seed)) { $0.lobby = "" }
    let capabilities = [
      "multi-prefix away-notify setname draft/channel-rename", "multi-prefix extended-join", "multi-prefix away-notify",
      "multi-prefix draft/channel-rename",
    ]
    var clients: [(client: Client, picture: Picture)] = []
    for (nick, number) in zip(["ann", "ann", "bob", "cid", "dan"], 0...) {
      let client =
        number < 3
        ? world.account(nick, capabilities[number % 4], device: number == 1 ? "phone" : nil)
        : world.guest(nick, capabilities[number % 4])
      client.clear()
      clients.append((client, Picture(nick: nick)))
    }
    func readAll() {
      for index in clients.indices { for line in clients[index].client.take() { clients[index].picture.read(line) } }
    }
    for _ in 0..<60 {
      world.isDiskHeld = dice.next() % 2 == 0
      for _ in 0...(dice.next() % 3) {
        let nicks = clients.map(\.picture.nick)
        let sender = clients[Int(dice.next() % UInt64(clients.count))].client
        sender.send((0...(dice.next() % 4)).map { _ in words(&dice, nicks: nicks) })
      }
      if dice.next() % 6 == 0 { store.failure = StoreError(.full, "no space left") }
      world.isDiskHeld = false
      store.failure = nil
      world.pass(seconds: 2)
      world.pass(milliseconds: 61_000)
      readAll()
      for index in clients.indices {
        #expect(clients[index].picture.contradictions == [], "seed \(seed), client \(index)")
        guard clients[index].picture.contradictions.isEmpty else { return }
        compare(clients[index].client, clients[index].picture, "seed \(seed), client \(index)")
      }
    }
  }

  /// The server's answers are what the picture says.
  private func compare(_ client: Client, _ picture: Picture, _ comment: Comment) {
    var asked = Picture(nick: picture.nick)
    // Nobody is silent for long enough to be given up.
    client.send("PING here")
    for room in picture.rooms.keys.sorted() {
      asked.read(Message(source: picture.nick, command: "JOIN", parameters: [room]))
      client.send("NAMES \(room)", "TOPIC \(room)")
    }
    for line in client.take() { asked.read(line) }
    #expect(asked.rooms == picture.rooms, comment)
    #expect(asked.nick == picture.nick, comment)
  }
}
