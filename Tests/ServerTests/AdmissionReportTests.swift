import IRC
import Logging
import ParleyCore
import ParleyServer
import Synchronization
import Testing

@Suite("Refusals in the log")
struct AdmissionReportTests {
  private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    private let milliseconds = Mutex<Int64>(0)
    var all: [String] { lines.withLock { $0 } }
    var now: Int64 { milliseconds.withLock { $0 } }
    func pass(seconds: Int64) { milliseconds.withLock { $0 += seconds * 1000 } }
    func append(_ line: [UInt8]) {
      let text = String(decoding: line, as: UTF8.self)
      // Without time and level, which come first.
      let words = text.split(separator: " ", maxSplits: 2)
      lines.withLock { $0.append(words.count == 3 ? String(words[2]) : text) }
    }
  }

  private func report(_ lines: Lines, showsAddresses: Bool, _ counters: RefusalCounters = RefusalCounters())
    -> AdmissionReport
  {
    let output = LogOutput(
      showsAddresses: showsAddresses, clock: { Timestamp(milliseconds: 0) }, write: { lines.append($0) })
    let logger = Logger(label: "test") { _ in LogfmtHandler(output: output) }
    return AdmissionReport(counters, logger: logger, clock: { lines.now })
  }

  @Test("the first refusal of an address is a line, the others of its minute are a number")
  func aggregation() throws {
    let lines = Lines()
    let counters = RefusalCounters()
    let report = report(lines, showsAddresses: true, counters)
    let address = try #require(NetworkAddress("192.0.2.1"))
    for _ in 0..<1000 { report.refused(.addressLimit, address) }
    report.refused(.handshake, address)
    #expect(
      lines.all == [
        "event=connection.refused address=192.0.2.1 reason=address-limit\n",
        "event=connection.refused address=192.0.2.1 reason=handshake\n",
      ])
    lines.pass(seconds: 60)
    report.endMinute()
    #expect(lines.all.last == "event=connection.refused address=192.0.2.1 count=999 reason=address-limit\n")
    #expect(lines.all.count == 3)
    #expect(counters[.addressLimit].value == 1000 && counters[.handshake].value == 1)
    report.refused(.addressLimit, address)
    #expect(lines.all.count == 4, "the next minute begins with a line again")
  }

  @Test("the lines of a minute are bounded, however many addresses there are")
  func bound() throws {
    let lines = Lines()
    let report = report(lines, showsAddresses: true)
    for number in 0..<10_000 {
      report.refused(.notTLS, NetworkAddress("10.0.\(number >> 8).\(number & 0xFF)"))
    }
    #expect(lines.all.count == AdmissionReport.linesPerMinute)
    lines.pass(seconds: 61)
    report.endMinute()
    #expect(lines.all.count == AdmissionReport.linesPerMinute + 1)
    #expect(lines.all.last == "event=connection.refused count=9940 reason=not-tls\n")
  }

  @Test("addresses are logged only where that is wanted")
  func privacy() throws {
    let lines = Lines()
    report(lines, showsAddresses: false).refused(.silent, NetworkAddress("192.0.2.1"))
    #expect(lines.all == ["event=connection.refused reason=silent\n"])
  }
}
