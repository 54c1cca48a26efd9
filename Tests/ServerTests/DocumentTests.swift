import Foundation
import ParleyCore
import ParleyServer
import Processes
import Testing

/// What operators can meet stands in docs/operating.md.
@Suite("Documents")
struct DocumentTests {
  private func text(_ file: String) throws -> String {
    try String(contentsOfFile: BuildFolder.sources + "/" + file, encoding: .utf8)
  }

  /// The names of events in the server's sources: words with one dot between them.
  private func events() throws -> Set<String> {
    let name = /"([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)"/
    var events: Set<String> = []
    for folder in ["parleyd", "ParleyServer", "ParleyStore", "ParleyCore"] {
      let path = "Sources/" + folder
      let files = try #require(FileManager.default.enumerator(atPath: BuildFolder.sources + "/" + path))
      for case let file as String in files where file.hasSuffix(".swift") {
        for match in try text(path + "/" + file).matches(of: name) { events.insert(String(match.output.1)) }
      }
    }
    return events.filter { !$0.hasPrefix("parley") }
  }

  @Test("every event that can stand in the log is explained")
  func everyEvent() throws {
    let manual = try text("docs/operating.md")
    let events = try events()
    #expect(events.count > 40)
    #expect(events.filter { !manual.contains("`\($0)`") }.sorted() == [])
  }

  @Test("every figure is explained")
  func everyMetric() throws {
    let manual = try text("docs/operating.md")
    let process = ProcessFigures(startedAt: 0, residentBytes: 1, openFiles: 1, maximumFiles: 1, cpuMicroseconds: 1)
    let families = MetricsText.render(Metrics(loops: 1), process, version: "1").split(separator: "\n")
      .filter { $0.hasPrefix("# TYPE parley_") }.map { String($0.split(separator: " ")[2]) }
    #expect(families.count > 20)
    #expect(families.filter { !manual.contains("`\($0)`") && !manual.contains("`\($0){") } == [])
  }
}
