extension ServerStatus {
  /// The status for programs. The manual page lists the keys.
  public struct Report: Encodable, Sendable {
    public var healthy: Bool
    public var problems: [String]
    public var version: String
    /// Seconds since 1970.
    public var startedAt: Int
    /// By kind.
    public var connections: [String: Int]
    public var sessions: Int
    public var users: Int
    public var accounts: Int
    public var accountsOnline: Int
    public var rooms: Int
    public var receivedLines: Int
    public var receivedBytes: Int
    public var deliveries: Int
    public var sentBytes: Int
    public var storedEvents: Int
    public var commits: Int
    /// Altogether.
    public var commitSeconds: Double
    public var storeErrors: Int
    public var damage: Int
    public var logBytes: Int
    public var clockDifferenceSeconds: Int
    public var clockSetBackSeconds: Int
    public var correctedTimes: Int
    /// By reason.
    public var refusals: [String: Int]
    public var residentBytes: Int
    public var openFiles: Int
    public var maximumFiles: Int
  }

  public var report: Report {
    Report(
      healthy: isHealthy, problems: problems, version: version, startedAt: number("process_start_time_seconds"),
      connections: numbers(of: "parley_connections"), sessions: number("parley_sessions"),
      users: number("parley_users"), accounts: number("parley_accounts"),
      accountsOnline: number("parley_accounts_online"), rooms: number("parley_rooms"),
      receivedLines: number("parley_received_lines_total"), receivedBytes: number("parley_received_bytes_total"),
      deliveries: number("parley_deliveries_total"), sentBytes: number("parley_sent_bytes_total"),
      storedEvents: number("parley_events_stored_total"), commits: number("parley_commit_seconds_count"),
      commitSeconds: figure("parley_commit_seconds_sum"), storeErrors: storeErrors,
      damage: number("parley_damage_total"), logBytes: number("parley_log_bytes"),
      clockDifferenceSeconds: number("parley_clock_difference_seconds"),
      clockSetBackSeconds: number("parley_clock_set_back_seconds"),
      correctedTimes: number("parley_corrected_times_total"), refusals: numbers(of: "parley_refusals_total"),
      residentBytes: number("process_resident_memory_bytes"), openFiles: number("process_open_fds"),
      maximumFiles: number("process_max_fds"))
  }
}
