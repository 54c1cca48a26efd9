import IRC
import ParleyStore

/// What somebody does in a room that its limits count, each by itself: whoever mends a word does not wait for it, and nobody gets past
/// the limits by changing what was said before.
enum Speech: Hashable {
  case message
  case edit
  /// Slow mode does not ask how often people react.
  case reaction
}

extension Speech {
  /// Lines of one message that count as one.
  static let linesInOne = 4

  /// What a message counts as: one for each four of its lines or fewer. Clients without multiline show every line, but an ordinary paste
  /// is no flood.
  static func cost(_ text: String) -> Int { 1 + (Multiline.lineCount(text) - 1) / linesInOne }

  /// Why a message that counts as more than is allowed at once is refused at any time; nil: it counts as less.
  static func obstacle(_ text: String, most: Int) -> String? {
    cost(text) > most ? "a message of more than \(most * linesInOne) lines is too long here" : nil
  }
}

/// What members of one room have said of late: what slow mode (`W`) and the flood limit (`f`) judge by.
///
/// It outlives a PART and a JOIN, and is bounded: nobody has more lines in it than the flood limit counts, and people who
/// have been silent for long are forgotten.
struct SpeechBook {
  /// Seconds that slow mode may ask for.
  static let longestPause = 21_600
  /// The same text may be said so often within the flood limit's seconds.
  static let repetitions = 2
  private static let mostPeople = 10_000

  /// A message, or one of the several that a long one counts as.
  private struct Line {
    let number: UInt64
    let time: MonotonicTime
    /// Equal texts have equal ones; nil: the message's last line has it.
    let text: Int?
  }

  private struct Speaker: Hashable {
    let who: Identity
    let speech: Speech
  }

  private var lines: [Speaker: [Line]] = [:]
  private var lastNumber: UInt64 = 0
  private var pruneAt = 64

  /// Why somebody may not say this now; nil: it may.
  mutating func obstacle(
    _ speech: Speech, by who: Identity, _ text: String, _ record: RoomRecord, at now: MonotonicTime
  ) -> String? {
    guard record.slowSeconds > 0 || record.floodLines > 0 else {
      lines = [:]
      return nil
    }
    let known = lines[Speaker(who: who, speech: speech)] ?? []
    if record.slowSeconds > 0, speech != .reaction, let last = known.last,
      let wait = Self.wait(last, record.slowSeconds, now)
    {
      return "slow mode (+W), wait \(wait) seconds"
    }
    guard record.floodLines > 0 else { return nil }
    if let words = Speech.obstacle(text, most: record.floodLines) { return "\(words) (+f)" }
    // The last of those that must be over before as many as it counts for may come.
    let last = known.count - record.floodLines + Speech.cost(text) - 1
    if last >= 0, let wait = Self.wait(known[last], record.floodSeconds, now) {
      return "too many messages or lines at once (+f), wait \(wait) seconds"
    }
    if speech == .reaction { return nil }
    let same = known.filter { $0.text == text.hashValue }
    if same.count >= Self.repetitions,
      let wait = Self.wait(same[same.count - Self.repetitions], record.floodSeconds, now)
    {
      return "you have said the same before (+f), wait \(wait) seconds"
    }
    return nil
  }

  /// Seconds, rounded up, until a line is so old; nil: it is.
  private static func wait(_ line: Line, _ seconds: Int, _ now: MonotonicTime) -> Int64? {
    let left = line.time.milliseconds + Int64(seconds) * 1_000 - now.milliseconds
    return left > 0 ? (left + 999) / 1_000 : nil
  }

  /// Something is being said.
  /// - Returns: its number, to take it back with.
  mutating func add(
    _ speech: Speech, by who: Identity, _ text: String, _ record: RoomRecord, at now: MonotonicTime
  ) -> UInt64 {
    prune(record, now)
    let speaker = Speaker(who: who, speech: speech)
    lastNumber += 1
    var known = lines[speaker] ?? []
    let cost = record.floodLines > 0 ? Speech.cost(text) : 1
    for left in (0..<cost).reversed() {
      known.append(Line(number: lastNumber, time: now, text: left == 0 ? text.hashValue : nil))
    }
    lines[speaker] = known.suffix(max(record.floodLines, Self.repetitions, 1))
    return lastNumber
  }

  /// It has not been said after all.
  mutating func remove(_ speech: Speech, by who: Identity, _ number: UInt64) {
    let speaker = Speaker(who: who, speech: speech)
    lines[speaker]?.removeAll { $0.number == number }
    if lines[speaker]?.isEmpty == true { lines[speaker] = nil }
  }

  private mutating func prune(_ record: RoomRecord, _ now: MonotonicTime) {
    guard lines.count >= pruneAt else { return }
    let horizon = now.milliseconds - Int64(max(record.slowSeconds, record.floodSeconds)) * 1_000
    lines = lines.filter { $0.value.last.map { $0.time.milliseconds > horizon } ?? false }
    if lines.count >= Self.mostPeople { lines = [:] }
    pruneAt = max(64, lines.count * 2)
  }
}

/// Who has written privately to whom in the last minute: many people in a short time are what spam looks like.
///
/// Counted by host, which is an account's or, for guests, an address's: a new connection does not begin again.
struct StrangerBook {
  static let seconds: Int64 = 60
  private static let mostHosts = 100_000

  private var addressed: [String: [(who: Identity, time: MonotonicTime)]] = [:]
  private var pruneAt = 64

  /// Seconds until somebody new may be written to; nil: now, and that is counted.
  mutating func wait(_ host: String, to who: Identity, limit: Int, at now: MonotonicTime) -> (wait: Int64?, isNew: Bool)
  {
    prune(now)
    var recent = (addressed[host] ?? []).filter { Self.isRecent($0.time, now) }
    defer { addressed[host] = recent.isEmpty ? nil : recent }
    if recent.contains(where: { $0.who == who }) { return (nil, false) }
    if recent.count >= limit, let first = recent.first {
      return (max(1, (first.time.milliseconds + Self.seconds * 1_000 - now.milliseconds + 999) / 1_000), false)
    }
    recent.append((who, now))
    return (nil, true)
  }

  /// The message was not sent after all.
  mutating func remove(_ host: String, _ who: Identity) {
    addressed[host]?.removeAll { $0.who == who }
    if addressed[host]?.isEmpty == true { addressed[host] = nil }
  }

  private static func isRecent(_ time: MonotonicTime, _ now: MonotonicTime) -> Bool {
    now.milliseconds - time.milliseconds < seconds * 1_000
  }

  private mutating func prune(_ now: MonotonicTime) {
    guard addressed.count >= pruneAt else { return }
    addressed = addressed.filter { $0.value.last.map { Self.isRecent($0.time, now) } ?? false }
    if addressed.count >= Self.mostHosts { addressed = [:] }
    pruneAt = max(64, addressed.count * 2)
  }
}
