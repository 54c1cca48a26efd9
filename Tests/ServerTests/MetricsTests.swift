import ParleyCore
import ParleyServer
import Testing

@Suite("Metrics")
struct MetricsTests {
  private let process = ProcessFigures(
    startedAt: 1_800_000_000, residentBytes: 50 << 20, openFiles: 30, maximumFiles: 1024, cpuMicroseconds: 1_500_000)

  private func metrics() -> Metrics {
    let metrics = Metrics(loops: 2)
    var figures = CoreFigures()
    figures.sessions = 3
    figures.users = 5
    figures.failedSignIns = 2
    metrics.publish(figures)
    metrics.loops[0].open[1].add(2)
    metrics.loops[1].open[1].add()
    metrics.loops[1].open[2].add()
    for loop in metrics.loops { loop.bytesIn.add(100) }
    metrics.store.committed(transactions: 1, events: 1, microseconds: 900)
    metrics.store.committed(transactions: 30, events: 29, microseconds: 2_600)
    metrics.store.committed(transactions: 100_000, events: 0, microseconds: 9_000_000)
    return metrics
  }

  @Test("the text is Prometheus' format 0.0.4: each family announced once, with all its samples behind it")
  func format() throws {
    let families = try Exposition(MetricsText.render(metrics(), process, version: "x \"1\"\\\n")).families
    #expect(families.count > 20)
    for (name, family) in families {
      #expect(!family.help.isEmpty && !family.samples.isEmpty, "\(name)")
      if family.type == "counter" { #expect(name.hasSuffix("_total")) }
      #expect(name.hasPrefix("parley_") || name.hasPrefix("process_"))
    }
    #expect(families["parley_build_info"]?.samples["version=x \"1\"\\\n"] == 1)
    #expect(families["parley_connections"]?.samples == ["kind=irc": 0, "kind=ircs": 3, "kind=ws": 1, "kind=wss": 0])
    #expect(families["parley_sessions"]?.samples == ["": 3])
    #expect(families["parley_received_bytes_total"]?.samples == ["": 200])
    #expect(families["parley_refusals_total"]?.samples["reason=wrong_password"] == 2)
    #expect(families["process_cpu_seconds_total"]?.samples == ["": 1.5])
    #expect(families["parley_events_stored_total"]?.samples == ["": 30])
  }

  @Test("a histogram's buckets are cumulative, and the last one is the count")
  func histogram() throws {
    let families = try Exposition(MetricsText.render(metrics(), process, version: "1")).families
    let seconds = try #require(families["parley_commit_seconds"])
    #expect(seconds.type == "histogram")
    #expect(seconds.samples["_bucket le=0.0005"] == 0)
    #expect(seconds.samples["_bucket le=0.001"] == 1)
    #expect(seconds.samples["_bucket le=0.005"] == 2)
    #expect(seconds.samples["_bucket le=5.0"] == 2)
    #expect(seconds.samples["_bucket le=+Inf"] == 3)
    #expect(seconds.samples["_count"] == 3)
    #expect(seconds.samples["_sum"] == 9.0035)
    #expect(families["parley_commit_transactions"]?.samples["_bucket le=50"] == 2)
  }

  @Test("a server is healthy while its core answers, its last commit succeeded, and nobody has stopped it")
  func health() {
    let metrics = Metrics(loops: 1)
    #expect(metrics.problems() == ["The server is starting."])
    metrics.publish(CoreFigures())
    let now = MonotonicClock.milliseconds()
    #expect(metrics.problems(at: now) == [])
    #expect(metrics.problems(at: now + 60_000).count == 1)
    metrics.store.failed()
    #expect(metrics.problems(at: now) == ["The last change could not be stored: see the log."])
    metrics.store.committed(transactions: 1, events: 1, microseconds: 1)
    #expect(metrics.problems(at: now) == [])
    metrics.stop()
    #expect(metrics.problems(at: now) == ["The server is stopping."])
  }

  @Test("the status is the same in words")
  func status() {
    let text = MetricsText.render(metrics(), process, version: "parleyd-9")
    let healthy = ServerStatus(health: "", metrics: text)
    #expect(healthy.isHealthy)
    let lines = healthy.lines(now: 1_800_000_000 + 90_061)
    #expect(lines[0] == "The server is healthy.")
    #expect(lines[1] == "Version       parleyd-9, up 1 d 1 h")
    #expect(lines[2] == "Connections   4 (3 ircs, 1 ws), 3 registered")
    #expect(lines.contains("Refusals      2 wrong_password"))
    #expect(lines.contains("Memory        50 MiB, 30 of 1024 files open"))
    let report = healthy.report
    #expect(report.healthy && report.version == "parleyd-9" && report.startedAt == 1_800_000_000)
    #expect(report.connections == ["irc": 0, "ircs": 3, "ws": 1, "wss": 0] && report.sessions == 3)
    #expect(report.refusals["wrong_password"] == 2 && report.commits == 3 && report.commitSeconds == 9.0035)
    #expect(report.residentBytes == 50 << 20 && report.openFiles == 30 && report.maximumFiles == 1024)
    let ill = ServerStatus(health: "One.\nTwo.\n", metrics: text)
    #expect(ill.report.problems == ["One.", "Two."] && !ill.report.healthy)
    #expect(!ill.isHealthy && ill.lines().prefix(2) == ["One.", "Two."])
    #expect(ServerStatus(health: "", metrics: "nonsense\n{ 1\nx nan\nparley_rooms inf\n").lines().count > 5)
  }
}

/// A strict reader of Prometheus' text format.
private struct Exposition {
  struct Family {
    var help = ""
    var type = ""
    /// By suffix and labels.
    var samples: [String: Double] = [:]
  }
  struct Malformed: Error { var line: String }

  private(set) var families: [String: Family] = [:]

  init(_ text: String) throws {
    guard text.hasSuffix("\n") else { throw Malformed(line: "no newline at the end") }
    var current = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init) {
      let words = line.split(separator: " ", maxSplits: 3).map(String.init)
      if line.hasPrefix("# HELP ") {
        guard words.count == 4, families[words[2]] == nil else { throw Malformed(line: line) }
        current = words[2]
        families[current] = Family(help: words[3])
      } else if line.hasPrefix("# TYPE ") {
        guard words.count == 4, words[2] == current, ["counter", "gauge", "histogram"].contains(words[3]),
          families[current]?.type == ""
        else { throw Malformed(line: line) }
        families[current]?.type = words[3]
      } else {
        let (key, value) = try Self.sample(line, of: current, isHistogram: families[current]?.type == "histogram")
        guard families[current]?.samples.updateValue(value, forKey: key) == nil else { throw Malformed(line: line) }
      }
    }
  }

  private static func sample(_ line: String, of family: String, isHistogram: Bool) throws -> (String, Double) {
    guard !family.isEmpty, line.hasPrefix(family), let space = line.lastIndex(of: " "),
      let value = Double(line[line.index(after: space)...])
    else { throw Malformed(line: line) }
    let name = line[..<space].dropFirst(family.count)
    guard let brace = name.firstIndex(of: "{") else {
      guard name.isEmpty || (isHistogram && ["_sum", "_count"].contains(name)) else { throw Malformed(line: line) }
      return (String(name), value)
    }
    let suffix = name[..<brace]
    let label = name[name.index(after: brace)...]
    guard suffix.isEmpty || (isHistogram && suffix == "_bucket"), label.hasSuffix("\"}"),
      let equals = label.firstIndex(of: "="), label[label.index(after: equals)...].hasPrefix("\"")
    else { throw Malformed(line: line) }
    let quoted = label[label.index(equals, offsetBy: 2)...].dropLast(2)
    var plain = ""
    var isEscaped = false
    for character in quoted {
      switch (isEscaped, character) {
      case (false, "\\"): isEscaped = true
      case (false, "\""): throw Malformed(line: line)
      case (false, _): plain.append(character)
      case (true, "n"): (plain, isEscaped) = (plain + "\n", false)
      case (true, "\\"), (true, "\""): (plain, isEscaped) = (plain + String(character), false)
      default: throw Malformed(line: line)
      }
    }
    guard !isEscaped else { throw Malformed(line: line) }
    return ("\(suffix)\(suffix.isEmpty ? "" : " ")\(label[..<equals])=\(plain)", value)
  }
}
