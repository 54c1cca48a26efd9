import Foundation
import Testing

/// The server as people meet it: a process of its own, reached through sockets. One test at a time; the figures that some
/// of them print are for the machine they ran on.
@Suite("Live", .serialized)
struct Live {}

/// A number from the environment, for longer runs.
func setting(_ name: String, default value: Int) -> Int {
  ProcessInfo.processInfo.environment[name].flatMap(Int.init) ?? value
}

extension Duration {
  var inMilliseconds: Double {
    Double(components.seconds) * 1000 + Double(components.attoseconds) / 1_000_000_000_000_000
  }
}
