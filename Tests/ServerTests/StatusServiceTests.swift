import IRC
import Logging
import NIOCore
import NIOPosix
import ParleyServer
import ParleyStore
import Processes
import Synchronization
import Testing

@Suite("Status service")
struct StatusServiceTests {
  private final class Log: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }

    var logger: Logger {
      let output = LogOutput(write: { line in self.lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
      )
      return Logger(label: "test") { _ in LogfmtHandler(output: output) }
    }
  }

  @Test("damage that another command has found is logged, counted and shown as if the server had met it")
  func damage() throws {
    let files = try TemporaryFolder()
    let folder = DataFolder(path: files.path)
    let log = Log()
    let metrics = Metrics(loops: 1)
    let reports = StoreReportLog(log.logger, metrics.store)
    let service = StatusService(
      metrics: metrics, startedAt: Timestamp(milliseconds: 0), logger: log.logger, reports: { reports.report($0) })
    // There is no server yet.
    folder.tellServer(ofDamage: ["nobody hears this"])
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    defer {
      service.close()
      try? group.syncShutdownGracefully()
    }
    try service.start(ServerSettings(dataFolder: files.path), group: group)
    folder.tellServer(ofDamage: [])
    #expect(metrics.store.damages.value == 0)
    folder.tellServer(ofDamage: ["an event is damaged: position 3", "a\nb"])
    #expect(metrics.store.damages.value == 2)
    #expect(metrics.problems().contains { $0.hasPrefix("Damaged data was met") })
    #expect(log.all.count == 2)
    #expect(log.all.first?.contains("event=store.damaged error=\"an event is damaged: position 3\"") == true)
    #expect(log.all.last?.contains("error=ab ") == true)
    folder.tellServer(ofDamage: (0..<1_000).map { "\($0) " + String(repeating: "é", count: 1_000) })
    #expect(metrics.store.damages.value == 22)
  }

  @Test("the same damages are logged once in a while, however they take turns, and only so many different ones")
  func repeatedDamage() {
    let log = Log()
    let metrics = Metrics(loops: 1)
    let reports = StoreReportLog(log.logger, metrics.store)
    for _ in 0..<100 {
      for name in ["alice", "bob"] { reports.report(.damaged("a row of accounts is damaged: \(name)")) }
    }
    #expect(metrics.store.damages.value == 200)
    #expect(log.all.count == 2)
    for number in 0..<1_000 { reports.report(.damaged("an event is damaged: position \(number)")) }
    #expect(metrics.store.damages.value == 1_200)
    #expect((10...100).contains(log.all.count))
  }
}
