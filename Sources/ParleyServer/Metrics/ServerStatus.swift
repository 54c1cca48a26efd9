/// What `parleyd status` shows: the server's own figures, for a person.
public struct ServerStatus: Sendable {
  public var isHealthy: Bool
  /// What is wrong, one sentence each.
  public var problems: [String]
  private let figures: [String: Double]
  let version: String

  /// Asks the server that runs on this data folder.
  /// - Throws: if none answers.
  public init(asking folder: DataFolder) throws(SetupError) {
    guard let health = StatusSocket.get("/healthz", from: folder.statusSocket),
      let metrics = StatusSocket.get("/metrics", from: folder.statusSocket), metrics.status == 200
    else { throw SetupError("No server answers in \(folder.path): it does not run, or is stuck") }
    self.init(health: health.status == 200 ? "" : health.body, metrics: metrics.body)
  }

  /// - Parameters:
  ///   - health: problems, one a line; empty: none.
  ///   - metrics: as `MetricsText` writes them.
  package init(health: String, metrics: String) {
    problems = health.split(separator: "\n").map(String.init)
    isHealthy = problems.isEmpty
    var figures: [String: Double] = [:]
    var version = ""
    for line in metrics.split(separator: "\n") where !line.hasPrefix("#") {
      guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else { continue }
      let name = String(line[..<space])
      figures[name] = value
      let parts = name.split(separator: "\"")
      if name.hasPrefix("parley_build_info"), parts.count > 1 { version = String(parts[1]) }
    }
    self.figures = figures
    self.version = version
  }

  /// - Parameter now: seconds since 1970.
  public func lines(now: Int64 = WallClock.milliseconds() / 1000) -> [String] {
    var lines = isHealthy ? ["The server is healthy."] : problems
    let up = max(0, now - Int64(clamping: Int(figure("process_start_time_seconds"))))
    lines.append("Version       \(version), up \(Self.duration(up))")
    let kinds = numbers(of: "parley_connections")
    let total = kinds.values.reduce(0, +)
    let open = kinds.sorted { $0.key < $1.key }.filter { $0.value > 0 }.map { "\($0.value) \($0.key)" }
      .joined(separator: ", ")
    lines.append("Connections   \(total)\(open.isEmpty ? "" : " (\(open))"), \(number("parley_sessions")) registered")
    lines.append(
      "People        \(number("parley_users")) with a nick, \(number("parley_accounts_online")) of \(number("parley_accounts")) accounts online"
    )
    lines.append("Rooms         \(number("parley_rooms"))")
    lines.append(
      "Received      \(number("parley_received_lines_total")) lines, \(Self.size(figure("parley_received_bytes_total")))"
    )
    lines.append(
      "Sent          \(number("parley_deliveries_total")) deliveries, \(Self.size(figure("parley_sent_bytes_total")))")
    let commits = figure("parley_commit_seconds_count")
    let mean = commits > 0 ? figure("parley_commit_seconds_sum") / commits * 1000 : 0
    lines.append(
      "Stored        \(number("parley_events_stored_total")) events in this run; \(Int(commits)) commits of \(Int((mean * 10).rounded()) / 10).\(Int((mean * 10).rounded()) % 10) ms"
    )
    lines.append("Store errors  \(storeErrors)")
    lines.append(
      "Damage        \(number("parley_damage_total") == 0 ? "none met" : "met \(number("parley_damage_total")) times")")
    lines.append("Log           \(Self.size(figure("parley_log_bytes"))) to be copied back")
    lines.append("Clock         \(clock)")
    let refusals = numbers(of: "parley_refusals_total").filter { $0.value > 0 }.sorted { $0.key < $1.key }
      .map { "\($0.value) \($0.key)" }
    lines.append("Refusals      \(refusals.isEmpty ? "none" : refusals.joined(separator: ", "))")
    lines.append(
      "Memory        \(Self.size(figure("process_resident_memory_bytes"))), \(number("process_open_fds")) of \(number("process_max_fds")) files open"
    )
    return lines
  }

  private var clock: String {
    let difference = Int64(number("parley_clock_difference_seconds"))
    let setBack = Int64(number("parley_clock_set_back_seconds"))
    if difference > 0 {
      return
        "\(Self.duration(difference)) ahead of the server's own time: nothing is removed for its age until the clock has been "
        + "steady for a day"
    }
    if difference < 0 { return "\(Self.duration(-difference)) behind: the server goes on by its own time" }
    guard setBack > 0 else { return "right, as far as can be told" }
    return
      "was \(Self.duration(setBack)) ahead, and has been set back; \(number("parley_corrected_times_total")) times corrected"
  }

  var storeErrors: Int { numbers(of: "parley_store_errors_total").values.reduce(0, +) }

  func figure(_ name: String) -> Double { figures[name] ?? 0 }
  func number(_ name: String) -> Int { Int(exactly: figure(name).rounded()) ?? 0 }

  /// Those of a family, by the value of their label.
  func numbers(of family: String) -> [String: Int] {
    var numbers: [String: Int] = [:]
    for name in figures.keys where name.hasPrefix(family + "{") {
      let parts = name.split(separator: "\"")
      if parts.count > 1 { numbers[String(parts[1])] = number(name) }
    }
    return numbers
  }

  static func duration(_ seconds: Int64) -> String {
    switch seconds {
    case ..<60: "\(seconds) s"
    case ..<3600: "\(seconds / 60) min"
    case ..<86_400: "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    default: "\(seconds / 86_400) d \(seconds % 86_400 / 3600) h"
    }
  }

  private static func size(_ bytes: Double) -> String {
    var value = bytes
    for unit in ["bytes", "KiB", "MiB", "GiB"] {
      if value < 1024 { return "\(Int(value.rounded())) \(unit)" }
      value /= 1024
    }
    return "\(Int(value.rounded())) TiB"
  }
}
