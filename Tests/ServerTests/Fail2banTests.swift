import Foundation
import IRC
import Logging
import ParleyCore
import ParleyServer
import ParleyStore
import ParleyTesting
import Processes
import Synchronization
import Testing

/// The filter in docs/fail2ban, against everything that it could meet in a log.
@Suite("fail2ban filter")
struct Fail2banTests {
  private static let filter = BuildFolder.sources + "/docs/fail2ban/filter.d/parleyd.conf"

  private final class Log: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }

    var logger: Logger {
      let output = LogOutput(
        showsAddresses: true, clock: { Timestamp(milliseconds: 0) },
        write: { line in self.lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } })
      return Logger(label: "test") { _ in LogfmtHandler(output: output) }
    }
  }

  /// The addresses that the filter finds in these lines.
  private func found(_ lines: [String], mode: String) throws -> Set<String> {
    let folder = try TemporaryFolder()
    let log = folder.file("parleyd.log")
    try lines.joined().write(toFile: log, atomically: true, encoding: .utf8)
    let script = BuildFolder.sources + "/Tests/Live/fail2ban.py"
    let result = try Program.run(["python3", script, Self.filter, log, mode])
    #expect(result.status == 0, "\(result.output)")
    return Set(result.output.split(separator: "\n").map(String.init))
  }

  private func plain(_ name: String, _ password: String) -> String {
    "AUTHENTICATE " + Base64.encode(Array("\0\(name)\0\(password)".utf8))
  }

  /// Attackers come from 198.51.100.0/24, others from 203.0.113.0/24, and 192.0.2.0/24 has each reason to refuse a connection.
  private func makeLog() throws -> [String] {
    let log = Log()
    let report = AdmissionReport(RefusalCounters(), logger: log.logger)
    for (number, reason) in RefusalReason.allCases.enumerated() {
      let address = "192.0.2.\(number + 1)"
      report.refused(reason, NetworkAddress(address))
    }
    let world = try World()
    for name in ["alice", "bob"] { world.account(name, address: "203.0.113.9").send("QUIT") }
    // Making them has logged sign-ins of accounts that were not there.
    let before = world.notes.count
    try world.administer("bob") { $0?.suspension = "spam" }
    for _ in 0..<130 {
      let client = world.connect(address: "198.51.100.1")
      client.send("CAP REQ :sasl", "NICK x", "USER x 0 * :x", "AUTHENTICATE PLAIN", plain("alice", "guess"))
    }
    for number in 0..<130 {
      let client = world.connect(address: "198.51.100.2")
      client.send("NICK guest\(number)", "USER x 0 * :x", "OPER alice guess")
    }
    for number in 0..<21 {
      let client = world.connect(address: "198.51.100.3", trusted: false)
      client.send("CAP REQ :draft/account-registration", "NICK new\(number)", "USER x 0 * :x", "REGISTER * * sesame")
    }
    world.connect(address: "198.51.100.4", trusted: false).send("WEBIRC guess gateway host 192.0.2.99")
    let suspended = world.connect(address: "203.0.113.1")
    suspended.send("CAP REQ :sasl", "NICK y", "USER y 0 * :y", "AUTHENTICATE PLAIN", plain("bob", "sesame"), "CAP END")
    suspended.send("NS IDENTIFY bob sesame", "OPER bob sesame", "QUIT")
    let late = world.connect(address: "203.0.113.2")
    late.send("CAP REQ :draft/account-registration", "NICK alice", "USER z 0 * :z", "REGISTER alice * sesame")
    world.reconfigure { $0.connectionPassword = "opening" }
    world.connect(address: "198.51.100.5", trusted: false).send("PASS guess", "NICK z", "USER z 0 * :z")
    // Programs that know of no password are not attackers.
    world.connect(address: "203.0.113.4", trusted: false).send("NICK z", "USER z 0 * :z")
    world.shutDown()
    _ = world.connect(address: "203.0.113.3")
    for note in world.notes.dropFirst(before) {
      let fields = note.fields.map { ($0.0, Logger.MetadataValue.string($0.1)) }
      log.logger.notice("\(note.event)", metadata: Dictionary(fields, uniquingKeysWith: { $1 }))
    }
    return log.all
  }

  @Test("it finds attackers in each mode, and nobody who was refused for other reasons")
  func modes() throws {
    let lines = try makeLog()
    let attackers: Set = ["198.51.100.1", "198.51.100.2", "198.51.100.4", "198.51.100.5"]
    let normal = try found(lines, mode: "normal")
    #expect(normal == attackers, "\(normal.symmetricDifference(attackers))")
    var all = attackers.union(["198.51.100.3"])
    for (number, reason) in RefusalReason.allCases.enumerated() where [.addressLimit, .addressRate].contains(reason) {
      all.insert("192.0.2.\(number + 1)")
    }
    let aggressive = try found(lines, mode: "aggressive")
    #expect(aggressive == all, "\(aggressive.symmetricDifference(all))")
  }

  @Test("every event that it names is one that the server logs in this form")
  func events() throws {
    let lines = try makeLog()
    let text = try String(contentsOfFile: Self.filter, encoding: .utf8)
    let named = text.split(separator: "\n").filter { $0.hasPrefix("_events_") }.flatMap { line in
      line.matches(of: /[a-z-]+\\\.[a-z-]+/).map { $0.output.replacing("\\", with: "") }
    }
    #expect(Set(named).count == 7, "\(named)")
    for event in Set(named) {
      let own = lines.filter { $0.contains(" event=\(event) ") }
      #expect(try !found(own, mode: "aggressive").isEmpty, "\(event)")
    }
  }
}
