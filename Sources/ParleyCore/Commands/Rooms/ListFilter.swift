import IRC
import ParleyStore

/// What LIST is asked for (ISUPPORT `ELIST=CMNTU`): masks `M`, of which one must match; `!` masks `N`, of which none may; counts of
/// users `U`, times of creation `C` and of the topic `T`, which must all hold.
struct ListFilter {
  private var masks: [Mask] = []
  private var excluded: [Mask] = []
  private var moreThan = -1
  private var fewerThan = Int.max
  /// In seconds since 1970.
  private var created: Times?
  private var topicSet: Times?
  /// A condition is none: no room meets it.
  private var isImpossible = false

  private struct Times {
    var from = Int64.min
    var to = Int64.max

    func contains(_ time: Int64) -> Bool { time >= from && time <= to }
  }

  /// - Parameter conditions: separated by commas.
  init(_ conditions: [String], now: Int64) {
    for condition in conditions.flatMap({ $0.split(separator: ",").map(String.init) }) { add(condition, now) }
  }

  /// Whether a word is a condition and not the name of a room or server.
  static func isCondition(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first else { return false }
    if first == "<" || first == ">" || first == "!" { return true }
    guard "CcTt".unicodeScalars.contains(first), let second = text.unicodeScalars.dropFirst().first else {
      return false
    }
    return second == "<" || second == ">"
  }

  /// Looks at each room.
  var cost: Int { 1 + (masks + excluded).reduce(0) { $0 + WorkCost.match($1) } / 2 }

  private mutating func add(_ condition: String, _ now: Int64) {
    guard Self.isCondition(condition) else { return masks.append(Mask(condition)) }
    if condition.hasPrefix("!") { return excluded.append(Mask(String(condition.dropFirst()))) }
    let subject = condition.drop { $0 != "<" && $0 != ">" }
    guard let number = Self.number(subject.dropFirst()) else { return isImpossible = true }
    let isBelow = subject.hasPrefix("<")
    switch condition.first {
    case "C", "c": Self.narrow(&created, isBelow, number, now)
    case "T", "t": Self.narrow(&topicSet, isBelow, number, now)
    default:
      if isBelow {
        fewerThan = min(fewerThan, Int(clamping: number))
      } else {
        moreThan = max(moreThan, Int(clamping: number))
      }
    }
  }

  /// Fewer minutes ago is a later time.
  private static func narrow(_ range: inout Times?, _ isBelow: Bool, _ minutes: Int64, _ now: Int64) {
    let time = now - min(max(minutes, 0), 1 << 40) * 60
    let before = range ?? Times()
    range =
      isBelow
      ? Times(from: max(before.from, time), to: before.to) : Times(from: before.from, to: min(before.to, time))
  }

  /// nil: it is no whole number. Numbers that are too large are the largest.
  private static func number(_ text: Substring) -> Int64? {
    let digits = text.hasPrefix("-") || text.hasPrefix("+") ? text.dropFirst() : text
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(text) ?? (text.hasPrefix("-") ? .min : .max)
  }

  func admits(_ room: Room, _ record: RoomRecord, members: Int) -> Bool {
    if isImpossible { return false }
    if !masks.isEmpty, !masks.contains(where: { $0.matches(record.name) }) { return false }
    if excluded.contains(where: { $0.matches(record.name) }) { return false }
    guard members > moreThan, members < fewerThan else { return false }
    if let created, !created.contains(record.createdAt.seconds) { return false }
    if let topicSet {
      guard !record.topic.isEmpty, let time = record.topicSetAt?.seconds, topicSet.contains(time) else { return false }
    }
    return true
  }
}
