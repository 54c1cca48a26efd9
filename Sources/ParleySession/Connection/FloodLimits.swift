import IRC

/// How much may be on its way to a server that has not answered yet.
///
/// Servers read the lines of a client at their own pace (RFC 1459, section 8.10) and end connections with too many unread bytes. An
/// answer says that a line was read, so that this bound keeps a client at the server's pace, whatever it is.
struct FloodLimits: Equatable {
  var lines: Int
  var bytes: Int
  /// Between two messages, in milliseconds.
  var pause: Int64 = 0

  /// Parley's server says itself when something is too much.
  static let none = FloodLimits(lines: .max, bytes: .max)

  /// The unread bytes that the least patient server allows are 1,000 (`CLIENT_FLOOD` of irc2).
  static let unknown = FloodLimits(lines: 4, bytes: 700)

  private static let bySoftware: [(word: String, FloodLimits)] = [
    ("hybrid", FloodLimits(lines: 5, bytes: 1_200)), ("inspircd", FloodLimits(lines: 10, bytes: 2_000)),
    ("unreal", FloodLimits(lines: 10, bytes: 2_000)), ("solanum", FloodLimits(lines: 6, bytes: 1_500)),
    ("ergo", FloodLimits(lines: 10, bytes: 2_000)), ("soju", FloodLimits(lines: 10, bytes: 2_000)),
  ]

  /// - Parameters:
  ///   - software: the version in RPL_MYINFO.
  ///   - caution: how often the network has ended a connection because of too many messages.
  init(software: String, caution: Int) {
    let name = CaseMapping.ascii.fold(software)
    self = Self.bySoftware.first { name.contains(bytes: $0.word) }?.1 ?? .unknown
    guard caution > 0 else { return }
    let steps = min(caution, 3)
    lines = max(1, lines >> steps)
    bytes = max(1, bytes >> steps)
    pause = 1_000 << Int64(steps - 1)
  }

  private init(lines: Int, bytes: Int) {
    self.lines = lines
    self.bytes = bytes
  }

  /// Whether a server's last words are about too many messages.
  static func isAboutFlood(_ reason: String) -> Bool { CaseMapping.ascii.fold(reason).contains(bytes: "flood") }
}

extension ClientSession {
  /// Whether a server's last words are about too many messages.
  public static func isAboutFlood(_ reason: String) -> Bool { FloodLimits.isAboutFlood(reason) }

  var floodLimits: FloodLimits {
    capabilities.has(.parleySeq) ? .none : FloodLimits(software: software, caution: settings.caution)
  }

  /// Whether another command of so many bytes may follow those that wait for their answers; with none waiting it always may,
  /// however long it is.
  public func takes(bytes: Int) -> Bool {
    let limits = floodLimits
    if limits.lines == .max { return true }
    if let time = nextSend, now < time { return false }
    guard requests.count > 0 else { return true }
    // Its frame, and the PING behind it.
    let (sum, isTooMuch) = (bytes + 64).addingReportingOverflow(requests.bytes)
    return !isTooMuch && requests.count < limits.lines && sum <= limits.bytes
  }

  /// When the next message may be sent; nil: at any time.
  var nextSend: Timestamp? {
    guard let lastSend, settings.caution > 0 else { return nil }
    let time = lastSend.adding(milliseconds: floodLimits.pause)
    return time > now ? time : nil
  }

  /// RPL_MYINFO: `<client> <server> <version> …`.
  func handleMyInfo(_ line: Incoming) { software = limited(line.parameter(2), 64) }
}
