import Foundation
import IRC
import Processes
import Testing

extension Live {
  /// `kill -9` under load, again and again.
  @Suite("Kill")
  struct KillTests {
    @Test("kill -9 under load: nothing acknowledged or delivered is lost, nothing is there twice, one order everywhere")
    func kill() throws {
      var run = KillRun(server: try ServerProcess(in: TemporaryFolder()), cycles: setting("PARLEY_KILLS", default: 20))
      try run.run()
      #expect(run.ledger.problems.prefix(20).isEmpty)
      print(
        "kill -9: \(run.cycles) times, \(run.ledger.acknowledged.count) acknowledged, \(run.ledger.delivered.count)",
        "delivered, \(run.retries) sent again, \(run.duplicates) of them answered as duplicates")
      #expect(run.ledger.acknowledged.count > run.cycles * 50)
    }
  }
}

/// Eight senders with eight messages under way each: four write into a room, two pairs to each other. Two more watch.
private struct KillRun {
  private static let room = "#kill"
  private static let window = 8

  /// An account and what it has not been told the fate of.
  private final class Person {
    let name: String
    /// A room or a nick; nil: only watches.
    let target: String?
    let conversation: String
    let usesLabels: Bool
    var counter = 0
    var outstanding: [Int] = []
    /// Of them, sent before the last kill.
    var retried: Set<Int> = []
    var client: Client?
    var connections = 0
    var connection: String { "\(name)/\(connections)" }

    init(_ number: Int) {
      name = "p\(number)"
      usesLabels = number % 2 == 0
      let peer = number % 2 == 0 ? number + 1 : number - 1
      target = number < 4 ? room : number < 8 ? "p\(peer)" : nil
      conversation = number >= 4 && number < 8 ? "p\(min(number, peer))+p\(max(number, peer))" : room
    }

    func text(_ counter: Int) -> String { "\(name)-\(counter)" }
  }

  let server: ServerProcess
  let cycles: Int
  private let people = (0..<10).map(Person.init)
  private(set) var ledger = Ledger()
  private(set) var retries = 0
  private(set) var duplicates = 0
  private var random = SystemRandomNumberGenerator()
  /// Each start gives out numbers that are far higher than all before: those of answers to earlier messages are below this one.
  private var newNumbers = 0
  private static let leastJump = 100_000

  init(server: ServerProcess, cycles: Int) {
    self.server = server
    self.cycles = cycles
  }

  mutating func run() throws {
    for person in people { try server.register(person.name) }
    for cycle in 0..<cycles {
      if cycle > 0 { try server.start() }
      try connectAll(isFirst: cycle == 0)
      let goal = ledger.acknowledged.count + Int.random(in: 100...1500, using: &random)
      try exchange(until: { $0.ledger.acknowledged.count >= goal }, sendsNew: true)
      // In the midst of it: with everybody waiting for answers, some of which may have left.
      try fillWindows()
      try waitForAny(Deadline(seconds: Double.random(in: 0...0.004, using: &random)))
      try server.crash()
      for person in people { try takeRest(person) }
    }
    try server.start()
    try connectAll(isFirst: false)
    try exchange(until: { run in run.people.allSatisfy(\.outstanding.isEmpty) }, sendsNew: false)
    try check()
  }

  private mutating func connectAll(isFirst: Bool) throws {
    newNumbers = ledger.highestNumber + Self.leastJump
    for person in people {
      let client = try server.signIn(person.name)
      if isFirst { try client.join(Self.room) }
      person.client = client
      person.connections += 1
    }
    for person in people {
      // What others send again may arrive already, and is taken like all that follows.
      for message in try person.client?.sync() ?? [] { try take(message, person) }
      person.retried = Set(person.outstanding)
      for counter in person.outstanding {
        retries += 1
        try send(counter, person)
      }
    }
  }

  private func send(_ counter: Int, _ person: Person) throws {
    guard let client = person.client, let target = person.target else { return }
    let label = person.usesLabels ? ";label=\(counter)" : ""
    try client.send("@+parley.chat/key=\(person.name).\(counter)\(label) PRIVMSG \(target) :\(person.text(counter))")
  }

  private mutating func exchange(until isDone: (KillRun) -> Bool, sendsNew: Bool) throws {
    let deadline = Deadline(seconds: 30)
    while !isDone(self) {
      guard !deadline.hasPassed else { throw LiveError("no progress: \(server.output?.text ?? "")") }
      if sendsNew { try fillWindows() }
      try waitForAny(deadline)
      for person in people { try takeArrived(person) }
    }
  }

  private mutating func fillWindows() throws {
    for person in people where person.target != nil {
      while person.outstanding.count < Self.window {
        person.counter += 1
        person.outstanding.append(person.counter)
        ledger.send(person.text(person.counter), in: person.conversation)
        try send(person.counter, person)
      }
    }
  }

  private func waitForAny(_ deadline: Deadline) throws {
    var entries = people.compactMap { person in
      person.client.map { pollfd(fd: $0.socket.descriptor, events: Int16(POLLIN), revents: 0) }
    }
    _ = poll(&entries, nfds_t(entries.count), deadline.milliseconds)
  }

  private mutating func takeArrived(_ person: Person) throws {
    guard let client = person.client else { return }
    try client.pump()
    for message in client.take() { try take(message, person) }
    if client.hasEnded { throw LiveError("\(person.name) was disconnected") }
  }

  /// What was on its way when the server was killed counts as well: it has left the server.
  private mutating func takeRest(_ person: Person) throws {
    guard let client = person.client else { return }
    while !client.hasEnded {
      guard client.socket.waitReadable(Deadline(seconds: 10)) else { throw LiveError("no end after kill") }
      try client.pump()
    }
    for message in client.take() { try take(message, person) }
    person.client = nil
  }

  private mutating func take(_ message: Message, _ person: Person) throws {
    if message.command == "FAIL" { throw LiveError("\(person.name): \(message.text)") }
    guard message.command == "PRIVMSG", let text = message.parameters.last else { return }
    let conversation = message.parameters[0] == Self.room ? Self.room : person.conversation
    guard message.nick == person.name else {
      return ledger.deliver(message, in: conversation, to: person.connection)
    }
    guard let counter = Int(text.dropFirst(person.name.utf8.count + 1)),
      let index = person.outstanding.firstIndex(of: counter)
    else { throw LiveError("\(person.name): an echo of what is not outstanding: \(message.text)") }
    if person.usesLabels != (message[tag: "label"] == String(counter)) {
      throw LiveError("\(person.name): wrong label: \(message.text)")
    }
    person.outstanding.remove(at: index)
    let isDuplicate = person.retried.remove(counter) != nil && message.sequence < newNumbers
    if isDuplicate { duplicates += 1 }
    ledger.acknowledge(message, in: conversation, by: person.connection, isDuplicate: isDuplicate)
  }

  private mutating func check() throws {
    var checked: Set<String> = []
    for person in people {
      guard let client = person.client else { continue }
      for message in try client.sync() { try take(message, person) }
      let target = person.target ?? Self.room
      let history = try client.wholeHistory(target)
      ledger.check(history, of: person.conversation)
      checked.insert(person.conversation)
    }
    guard checked.count == 3 else { throw LiveError("checked only \(checked)") }
    let result = try server.run(["check"])
    guard result.status == 0 else { throw LiveError("check: \(result.output)") }
  }
}
