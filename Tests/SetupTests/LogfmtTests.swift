import IRC
import Logging
import ParleyServer
import Synchronization
import Testing

@Suite("Log lines")
struct LogfmtTests {
  private final class Lines: Sendable {
    private let text = Mutex("")
    func append(_ bytes: [UInt8]) { text.withLock { $0 += String(decoding: bytes, as: UTF8.self) } }
    var all: String { text.withLock { $0 } }
  }

  private let lines = Lines()

  private func makeOutput(showsAddresses: Bool = false) -> LogOutput {
    LogOutput(
      level: .info, showsAddresses: showsAddresses, clock: { Timestamp(milliseconds: 1_800_000_000_123) },
      write: { [lines] in lines.append($0) })
  }

  private func makeLogger(_ output: LogOutput) -> Logger {
    Logger(label: "test") { _ in LogfmtHandler(output: output) }
  }

  @Test("have time, level, event and sorted keys")
  func form() {
    let logger = makeLogger(makeOutput())
    logger.info("client.connected", metadata: ["b": "2", "a": "one two"])
    #expect(
      lines.all == "time=2027-01-15T08:00:00.123Z level=info event=client.connected a=\"one two\" b=2\n")
  }

  @Test("stay one line whatever a peer puts into a value")
  func escaping() {
    let logger = makeLogger(makeOutput())
    logger.info("x", metadata: ["v": "a\"b\\c\nlevel=error\r\u{1B}[2J\u{202E}\u{85}", "w": "k=v", "e": ""])
    #expect(
      lines.all.hasSuffix(
        #"e="" v="a\"b\\c\nlevel=error\u{d}\u{1b}[2J\u{202e}\u{85}" w="k=v""# + "\n"))
    #expect(lines.all.split(separator: "\n").count == 1)
  }

  @Test(
    "quote every kind of space, so that no value ends before its end", arguments: ["\u{A0}", "\u{3000}", "\u{2003}"])
  func spaces(space: String) {
    makeLogger(makeOutput()).info("x", metadata: ["account": "a\(space)b"])
    #expect(lines.all.hasSuffix("account=\"a\(space)b\"\n"))
  }

  @Test(
    "escape what other programs take for the end of a line", arguments: ["\u{2028}", "\u{2029}", "\u{85}", "\u{0B}"])
  func lineSeparators(separator: String) {
    makeLogger(makeOutput()).info("x", metadata: ["account": "a\(separator)b"])
    #expect(!lines.all.contains(separator))
  }

  @Test("show addresses only when asked to")
  func addresses() {
    let output = makeOutput()
    let logger = makeLogger(output)
    logger.info("x", metadata: ["address": "192.0.2.1", "nick": "alice"])
    #expect(!lines.all.contains("192.0.2.1") && lines.all.contains("nick=alice"))
    output.reconfigure(level: .info, showsAddresses: true)
    logger.info("x", metadata: ["address": "192.0.2.1"])
    #expect(lines.all.contains("address=192.0.2.1"))
  }

  @Test("a reload changes the level of loggers that exist, but not one a logger was given itself")
  func levels() {
    let output = makeOutput()
    let logger = makeLogger(output)
    var chatty = logger
    chatty.logLevel = .debug
    logger.debug("one")
    chatty.debug("two")
    output.reconfigure(level: .error, showsAddresses: false)
    logger.warning("three")
    logger.error("four")
    #expect(lines.all.split(separator: "\n").map { $0.split(separator: "=").last ?? "" } == ["two", "four"])
  }
}
