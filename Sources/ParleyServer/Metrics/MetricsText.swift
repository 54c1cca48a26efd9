import ParleyCore

/// Prometheus' text format, version 0.0.4. No names, no addresses: whoever may read it learns only how much there is.
package struct MetricsText {
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private var text = ""

  private enum Kind: String { case counter, gauge, histogram }

  package static func render(_ metrics: Metrics, _ process: ProcessFigures, version: String) -> String {
    var text = MetricsText()
    text.value("parley_healthy", .gauge, "Whether the server does its work.", metrics.problems().isEmpty ? 1 : 0)
    text.values(
      "parley_build_info", .gauge, "The version that runs.", label: "version", [(version, 1)])
    text.connections(metrics)
    text.core(metrics.figures)
    text.traffic(metrics)
    text.store(metrics.store)
    text.clock(metrics.clockFigures)
    text.process(process)
    return text.text
  }

  // MARK: - Sections

  private mutating func connections(_ metrics: Metrics) {
    let kinds = LoopCounters.kinds.enumerated()
    values(
      "parley_connections", .gauge, "Open connections by kind.", label: "kind",
      kinds.map { index, kind in (kind, metrics.loops.reduce(0) { $0 + $1.open[index].value }) })
    values(
      "parley_connections_accepted_total", .counter, "Connections accepted by kind.", label: "kind",
      kinds.map { index, kind in (kind, metrics.loops.reduce(0) { $0 + $1.accepted[index].value }) })
  }

  private mutating func core(_ figures: CoreFigures) {
    value("parley_sessions", .gauge, "Connections that have registered.", figures.sessions)
    value("parley_users", .gauge, "People with a nick, also those who are away from all devices.", figures.users)
    value("parley_accounts", .gauge, "Accounts.", figures.accounts)
    value("parley_accounts_online", .gauge, "Accounts with a connected device.", figures.accountsOnline)
    value("parley_rooms", .gauge, "Rooms.", figures.rooms)
    value(
      "parley_pending_transactions", .gauge, "Changes and what waits behind them for the store.", figures.waiting)
  }

  private mutating func traffic(_ metrics: Metrics) {
    func sum(_ counter: KeyPath<LoopCounters, Counter>) -> Int {
      metrics.loops.reduce(0) { $0 + $1[keyPath: counter].value }
    }
    func refusals(_ reasons: RefusalReason...) -> Int { reasons.reduce(0) { $0 + metrics.refusals[$1].value } }
    let figures = metrics.figures
    value("parley_received_lines_total", .counter, "Lines that clients have sent.", sum(\.linesIn))
    value("parley_received_bytes_total", .counter, "Bytes of lines that clients have sent.", sum(\.bytesIn))
    value("parley_sent_bytes_total", .counter, "Bytes of lines sent to clients.", sum(\.bytesOut))
    value(
      "parley_deliveries_total", .counter, "Messages and events, times the connections they were for.",
      sum(\.deliveries))
    value(
      "parley_throttled_total", .counter, "Times that a client had sent too fast and had to wait.", sum(\.throttled))
    value(
      "parley_slow_readers_total", .counter,
      "Times that a client read too slowly for what others said, and was shown it later.", sum(\.fellBehind))
    values(
      "parley_refusals_total", .counter, "Connections and sign-ins refused, and connections cut, by reason.",
      label: "reason",
      [
        ("server_full", refusals(.serverFull)),
        ("address_limit", refusals(.addressLimit, .addressRate) + figures.refusedConnections),
        ("displaced", refusals(.displaced, .idle)), ("silent", refusals(.silent)),
        ("handshake", refusals(.handshake, .proxyHeader)), ("not_irc", refusals(.notIRC, .notTLS)),
        ("send_queue", sum(\.sendQueueExceeded)), ("wrong_password", figures.failedSignIns),
        ("sign_in_throttle", figures.throttledSignIns),
      ])
  }

  private mutating func store(_ store: StoreCounters) {
    value(
      "parley_events_stored_total", .counter, "Messages and other events stored in conversations.", store.events.value)
    histogram("parley_commit_transactions", "Changes made durable by one commit.", store.batches, scale: 1)
    histogram("parley_commit_seconds", "How long commits took.", store.durations, scale: 1_000_000)
    values(
      "parley_store_errors_total", .counter, "Failures of the store by what it was doing.", label: "operation",
      [("commit", store.failedCommits.value), ("maintenance", store.failedMaintenance.value)])
    value("parley_damage_total", .counter, "Times that damaged data was met.", store.damages.value)
    value(
      "parley_corrected_times_total", .counter, "Events that were dated again, because their times were in the future.",
      store.correctedTimes.value)
    value(
      "parley_log_bytes", .gauge, "Bytes of the write-ahead log that is yet to be copied back.", store.logBytes.value)
    value(
      "parley_maintenance_due", .gauge, "Whether the search index or the copying of the log back is behind.",
      store.isMaintenanceDue.value)
  }

  private mutating func clock(_ clock: ClockFigures) {
    value(
      "parley_clock_difference_seconds", .gauge,
      "By how much the clock is ahead of the server's own time, if they disagree.",
      Int(clock.difference / 1_000))
    value(
      "parley_clock_set_back_seconds", .gauge,
      "By how much the clock was set back last in this run, because it had been ahead; stays until the next start.",
      Int(clock.setBack / 1_000))
  }

  private mutating func process(_ process: ProcessFigures) {
    value("process_start_time_seconds", .gauge, "When the server was started.", process.startedAt)
    if let bytes = process.residentBytes {
      value("process_resident_memory_bytes", .gauge, "Memory in use.", bytes)
    }
    if let files = process.openFiles { value("process_open_fds", .gauge, "Open files and sockets.", files) }
    value("process_max_fds", .gauge, "Files and sockets that may be open.", process.maximumFiles)
    head("process_cpu_seconds_total", .counter, "Processor time used.")
    text += "process_cpu_seconds_total \(Self.decimal(process.cpuMicroseconds, scale: 1_000_000))\n"
  }

  // MARK: - Lines

  private mutating func head(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
  }

  private mutating func value(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
    head(name, kind, help)
    text += "\(name) \(value)\n"
  }

  private mutating func values(
    _ name: String, _ kind: Kind, _ help: String, label: String, _ values: [(String, Int)]
  ) {
    head(name, kind, help)
    for (key, value) in values { text += "\(name){\(label)=\"\(Self.escaped(key))\"} \(value)\n" }
  }

  private mutating func histogram(_ name: String, _ help: String, _ histogram: Histogram, scale: Int) {
    head(name, .histogram, help)
    let counts = histogram.cumulative
    let bounds = histogram.bounds.map { Self.decimal($0, scale: scale) } + ["+Inf"]
    for (bound, count) in zip(bounds, counts) { text += "\(name)_bucket{le=\"\(bound)\"} \(count)\n" }
    text += "\(name)_sum \(Self.decimal(histogram.total, scale: scale))\n\(name)_count \(counts.last ?? 0)\n"
  }

  private static func decimal(_ value: Int, scale: Int) -> String {
    scale == 1 ? "\(value)" : "\(Double(value) / Double(scale))"
  }

  private static func escaped(_ value: String) -> String {
    var escaped = ""
    for character in value.unicodeScalars {
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
