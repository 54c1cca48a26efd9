import Foundation
import IRC
import Processes
import Testing

extension Live {
  /// `kill -9` of the engine, again and again.
  @Suite("Engine killed")
  struct EngineKillTests {
    @Test("kill -9 while it sends and receives: what was queued is sent once and in order, and nothing is missed")
    func kill() throws {
      var run = try EngineKillRun(kills: setting("PARLEY_KILLS", default: 20))
      try run.run()
      #expect(run.problems.isEmpty, "\(run.problems.prefix(10))")
      print("kill -9 of the engine: \(run.kills) times, \(run.summary)")
    }
  }
}

/// Alice is killed, Bob is not; both say numbers in a room as fast as they are acknowledged.
private struct EngineKillRun {
  private static let room = "#kill"
  /// Bob says so much at most between two kills: far less than what is left as a gap.
  private static let most = 300

  let kills: Int
  private(set) var problems: [String] = []
  private(set) var summary = ""
  private let server: ServerProcess
  private let alice: EngineHost
  private let bob: EngineHost
  /// The highest number that each was told to say.
  private var numbers = ["alice": 0, "bob": 0]
  /// Requests for numbers that are not finished, of the present life.
  private var open: [String: [Int]] = [:]
  /// What Alice has read of what arrived, as a bot does: from the last that was dealt with.
  private var arrivals: [HostRow] = []
  private var random = SystemRandomNumberGenerator()

  init(kills: Int) throws {
    self.kills = kills
    let folder = try TemporaryFolder()
    server = try ServerProcess(in: folder)
    let program = try EngineHost.compile(in: folder)
    for name in ["alice", "bob", "judge"] { try server.register(name) }
    alice = try EngineHost("alice", program: program, folder: folder.file("alice"))
    bob = try EngineHost("bob", program: program, folder: folder.file("bob"))
  }

  mutating func run() throws {
    for host in [alice, bob] {
      try host.live(at: server.plainPort)
      try host.ask("connect")
      #expect(try host.perform("join \(Self.room)") == 0)
    }
    for _ in 0..<kills {
      try talk()
      alice.kill()
      open["alice"] = []
      try alice.start()
      try alice.live(at: server.plainPort)
      try readArrivals()
      try alice.ask("connect")
    }
    try comeToRest()
    try check()
  }

  /// Until Alice has printed a number of lines that she does not know of: sometimes she dies signing in, sometimes in the midst
  /// of it all.
  private mutating func talk() throws {
    let end = alice.lines + Int.random(in: 1...150, using: &random)
    let last = (numbers["bob"] ?? 0) + Self.most
    let deadline = Deadline(seconds: 30)
    while alice.lines < end {
      guard !deadline.hasPassed else { throw LiveError("nothing comes of \(alice.account)") }
      try say(alice, window: 12)
      if numbers["bob"] ?? 0 < last { try say(bob, window: 4) }
      var entries = [alice, bob].map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
      _ = poll(&entries, nfds_t(entries.count), 100)
      alice.pump()
      bob.pump()
    }
  }

  private mutating func say(_ host: EngineHost, window: Int) throws {
    var requests = (open[host.name] ?? []).filter { host.done[$0] == nil }
    while requests.count < window {
      numbers[host.name, default: 0] += 1
      requests.append(try host.ask("say \(Self.room) \(host.name) \(numbers[host.name] ?? 0)"))
    }
    open[host.name] = requests
  }

  private mutating func readArrivals() throws {
    arrivals += try alice.rows("arrivals \(Self.room) \(arrivals.last?.id ?? 0)")
  }

  /// Everything that is under way arrives.
  private mutating func comeToRest() throws {
    for host in [alice, bob] {
      let result = try host.perform("say \(Self.room) \(host.name) has finished", seconds: 60)
      if result != 0 { problems.append("\(host.name) could not finish: \(result)") }
    }
  }

  private mutating func check() throws {
    let judge = try server.signIn("judge")
    try judge.join(Self.room)
    try judge.send("PRIVMSG \(Self.room) :the end")
    for host in [alice, bob] { try host.waitForMessage("the end", seconds: 60) }
    try readArrivals()
    let history = try judge.wholeHistory(Self.room)
    let texts = history.map { $0.parameters.last ?? "" }

    let said = Agreement.numbers(of: "alice", in: texts)
    let queued = Agreement.numbers(of: "alice", in: alice.queued.map(\.text))
    if !Agreement.isIncreasing(said) { problems.append("on the server Alice's messages are out of order, or twice") }
    let lost = Set(queued).subtracting(said)
    if !lost.isEmpty { problems.append("queued and lost: \(lost.sorted().prefix(10))") }
    if Agreement.numbers(of: "bob", in: texts) != Array(1...(numbers["bob"] ?? 0)) {
      problems.append("on the server Bob's messages are not what he said")
    }
    for host in [alice, bob] {
      problems += Agreement.problems(of: host.name, try host.rows("history \(Self.room)"), server: history)
    }
    problems += Agreement.problems(ofArrivals: "alice", arrivals, server: history)
    problems += Agreement.problems(ofArrivals: "bob", try bob.rows("arrivals \(Self.room)"), server: history)
    // Events may die with the process, but are not told twice, nor out of order.
    let told = Agreement.numbers(of: "bob", in: alice.messages.map(\.text))
    if !Agreement.isIncreasing(told) { problems.append("Alice was told of Bob's messages out of order, or twice") }
    if Agreement.numbers(of: "alice", in: bob.messages.map(\.text)) != said {
      problems.append("Bob was not told of all that Alice said")
    }
    summary = "\(queued.count) of \(numbers["alice"] ?? 0) queued, \(said.count) sent, \(numbers["bob"] ?? 0) from Bob"
    #expect(queued.count > kills * 3, "too little happened between kills")
  }
}
