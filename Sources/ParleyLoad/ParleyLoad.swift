import ArgumentParser

/// Load for any IRC server: closed loops whose every delivery is checked.
@main
struct ParleyLoad: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parley-load",
    abstract: "Puts load on an IRC server, checks every delivery and says what it cost.",
    discussion: """
      The server must not limit how fast these clients connect and send (parleyd: --trust 127.0.0.0/8). With --server-pid the \
      server's processor time and memory are read from /proc, on Linux.
      """,
    subcommands: [FanOut.self, Pairs.self, Idle.self])
}

/// What all scenarios share.
struct Target: ParsableArguments {
  @Option(help: "Address of the server: IPv4, or IPv6 without brackets.")
  var host = "127.0.0.1"
  @Option(help: "Plaintext port.")
  var port = 6667
  @Option(help: "Process to account for.")
  var serverPid: Int?

  func connect(_ count: Int, prefix: String = "load") throws -> Clients {
    try Clients(host: host, port: port, count: count, prefix: prefix)
  }

  var process: ServerProcess? { serverPid.map(ServerProcess.init) }
}

struct FanOut: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fanout", abstract: "Some members of a room send, all receive.")

  @OptionGroup var target: Target
  @Option(name: .shortAndLong, help: "Members of the room.")
  var members = 100
  @Option(name: .shortAndLong, help: "Members that send.")
  var senders = 10
  @Option(name: .shortAndLong, help: "Messages of one sender that are on their way at a time.")
  var window = 16
  @Option(name: .shortAndLong, help: "Seconds to measure.")
  var duration = 5.0

  func validate() throws {
    guard members > 1, senders > 0, senders <= members, window > 0, duration > 0 else {
      throw ValidationError("At least two members, and senders among them; window and duration above 0.")
    }
  }

  func run() throws {
    let clients = try target.connect(members)
    let room = "#load\(Clock.milliseconds() % 1_000_000)"
    try clients.join(room)
    let streams = (0..<senders).map { Stream(sender: $0, target: room, receivers: members - 1, window: window) }
    let receives = Array(repeating: Array(0..<senders), count: members)
    try LoadRun(clients, streams, receives: receives).measure(seconds: duration, process: target.process).print()
  }
}

struct Pairs: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pairs", abstract: "Clients send each other private messages, two by two.")

  @OptionGroup var target: Target
  @Option(name: .shortAndLong, help: "Pairs.")
  var pairs = 100
  @Option(name: .shortAndLong, help: "Messages of one client that are on their way at a time.")
  var window = 8
  @Option(name: .shortAndLong, help: "Seconds to measure.")
  var duration = 5.0

  func validate() throws {
    guard pairs > 0, window > 0, duration > 0 else { throw ValidationError("Pairs, window and duration are above 0.") }
  }

  func run() throws {
    let clients = try target.connect(2 * pairs)
    let streams = (0..<2 * pairs).map {
      Stream(sender: $0, target: clients.nick($0 ^ 1), receivers: 1, window: window)
    }
    let receives = (0..<2 * pairs).map { [$0 ^ 1] }
    try LoadRun(clients, streams, receives: receives).measure(seconds: duration, process: target.process).print()
  }
}

struct Idle: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "idle", abstract: "Connects clients and says what each costs the server in memory.")

  @OptionGroup var target: Target
  @Option(name: .shortAndLong, help: "Connections.")
  var connections = 1_000

  func validate() throws {
    guard connections > 0 else { throw ValidationError("At least one connection.") }
  }

  func run() throws {
    let before = target.process?.memory
    let start = Clock.milliseconds()
    let clients = try target.connect(connections)
    let seconds = Double(Clock.milliseconds() - start) / 1_000
    print("connections \(clients.count), registered per second \(Int(Double(connections) / max(seconds, 0.001)))")
    if let before, let after = target.process?.memory {
      print("bytes per connection \((after - before) / connections), server in all \(after / 1_024) KB")
    }
  }
}
