import Foundation
import IRC
import Processes
import Testing

extension Live {
  @Suite("Server lost")
  struct EngineRestartTests {
    private static let room = "#restart"

    @Test("the server is killed and comes back while two engines talk: nothing is lost, nothing twice")
    func restart() throws {
      let folder = try TemporaryFolder()
      let server = try ServerProcess(in: folder)
      let program = try EngineHost.compile(in: folder)
      let proxy = try FaultProxy(to: server.plainPort)
      defer { proxy.stop() }
      var talk = Talk(room: Self.room)
      for name in ["alice", "bob", "judge"] { try server.register(name) }
      for name in ["alice", "bob"] {
        let host = try EngineHost(name, program: program, folder: folder.file(name))
        try host.live(at: proxy.port)
        try host.ask("connect")
        #expect(try host.perform("join \(Self.room)") == 0)
        talk.hosts.append(host)
      }

      var losses: [Int] = []
      var recoveries: [Int] = []
      for round in 0..<setting("PARLEY_RESTARTS", default: 5) {
        try talk.exchange(60)
        let known = talk.hosts.map(\.states.count)
        let killed = monotonicMilliseconds()
        try server.crash()
        try proxy.refuse()
        for (host, count) in zip(talk.hosts, known) {
          try host.wait(for: "the loss") { host.states[count...].contains { $0.state == .waiting } }
          let told = try #require(host.states[count...].first { $0.state == .waiting })
          losses.append(told.milliseconds - killed)
          // It waits on disk.
          try talk.say(host)
        }
        try server.start()
        let started = monotonicMilliseconds()
        proxy.accept(for: server.plainPort)
        for host in talk.hosts {
          // By itself, or at once when told so.
          if round > 1 { try host.ask("connect") }
          try host.waitUntilOnline(seconds: 30)
          recoveries.append((host.states.last?.milliseconds ?? 0) - started)
        }
      }
      print("server lost: told after \(losses) ms; online again \(recoveries) ms after its start")
      #expect((losses.max() ?? .max) < 1000)

      try talk.finish()
      let judge = try server.signIn("judge")
      try judge.join(Self.room)
      try judge.send("PRIVMSG \(Self.room) :the end")
      for host in talk.hosts { try host.waitForMessage("the end") }
      let history = try judge.wholeHistory(Self.room)
      let texts = history.map { $0.parameters.last ?? "" }
      for host in talk.hosts {
        #expect(Agreement.numbers(of: host.name, in: texts) == Array(1...talk.count(host)))
        let rows = try host.rows("history \(Self.room)")
        let arrivals = try host.rows("arrivals \(Self.room)")
        let problems =
          Agreement.problems(of: host.name, rows, server: history)
          + Agreement.problems(ofArrivals: host.name, arrivals, server: history)
          + Agreement.problems(ofTold: host, in: Self.room, rows, server: history)
        #expect(problems.isEmpty, "\(problems)")
      }
    }
  }
}

/// Engines that say numbers in a room, each with some under way.
private struct Talk {
  private static let window = 8

  let room: String
  var hosts: [EngineHost] = []
  private var requests: [String: [Int]] = [:]

  init(room: String) { self.room = room }

  /// How much a host was told to say.
  func count(_ host: EngineHost) -> Int { requests[host.name]?.count ?? 0 }

  mutating func say(_ host: EngineHost) throws {
    let request = try host.ask("say \(room) \(host.name) \(count(host) + 1)")
    requests[host.name, default: []].append(request)
  }

  private func open(_ host: EngineHost) -> Int {
    requests[host.name, default: []].count { host.done[$0] == nil }
  }

  /// Until each has said so much more. Their windows are full then.
  mutating func exchange(_ more: Int) throws {
    let goals = hosts.map { count($0) + more }
    let deadline = Deadline(seconds: 60)
    while zip(hosts, goals).contains(where: { count($0) < $1 }) {
      guard !deadline.hasPassed else { throw LiveError("no progress: \(hosts.map(\.account))") }
      for host in hosts { while open(host) < Self.window { try say(host) } }
      var entries = hosts.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
      _ = poll(&entries, nfds_t(entries.count), 1000)
      for host in hosts { host.pump() }
    }
  }

  /// Until all of it is acknowledged.
  func finish() throws {
    for host in hosts {
      try host.wait(for: "acknowledgements", seconds: 60) { open(host) == 0 }
      let results = Set(requests[host.name, default: []].map { host.done[$0] ?? 1 })
      guard results == [0] else { throw LiveError("\(host.name): results \(results)") }
    }
  }
}
