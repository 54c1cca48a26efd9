import Foundation
import IRC

/// Whether engines and server tell the same story of a room.
enum Agreement {
  /// Where an engine's own history differs from the server's.
  /// - Parameter rows: all rows of the room, the oldest first.
  static func problems(of name: String, _ rows: [HostRow], server: [Message]) -> [String] {
    var problems: [String] = []
    for row in rows where row.kind == HostRow.Kind.gap { problems.append("\(name) has a gap: \(row)") }
    let texts = rows.filter(\.isText)
    for row in texts where row.state != HostRow.State.sent { problems.append("\(name) has an open row: \(row)") }
    let here = texts.map { "\($0.sequence) \($0.networkID) \($0.nick): \($0.text)" }
    let there = server.map { "\($0.sequence) \($0[tag: "msgid"] ?? "") \($0.nick): \($0.parameters.last ?? "")" }
    if let place = zip(here, there).enumerated().first(where: { $0.element.0 != $0.element.1 }) {
      problems.append("\(name), row \(place.offset): `\(place.element.0)`, but on the server `\(place.element.1)`")
    } else if here.count != there.count {
      let rest = here.count > there.count ? here[there.count...] : there[here.count...]
      problems.append("\(name) has \(here.count) rows, the server \(there.count); one has no \(rest.prefix(3))")
    }
    return problems
  }

  /// Where what has arrived at an engine differs from the server's history: each message has to arrive once.
  static func problems(ofArrivals name: String, _ rows: [HostRow], server: [Message]) -> [String] {
    let arrived = rows.filter(\.isText).map(\.networkID)
    var problems: [String] = []
    if Set(arrived).count != arrived.count { problems.append("\(name): something arrived twice") }
    if Set(rows.map(\.id)).count != rows.count { problems.append("\(name): a row arrived twice") }
    let there = Set(server.compactMap { $0[tag: "msgid"] })
    let missing = there.subtracting(arrived).count
    let surplus = Set(arrived).subtracting(there).count
    if missing + surplus > 0 { problems.append("\(name): \(missing) did not arrive, \(surplus) are nowhere else") }
    return problems
  }

  /// Where what a host was told, in one life, differs from what others said.
  ///
  /// Its own messages are told to no host, with one exception: one whose echo was lost may come back by history, and its copy is
  /// gone as soon as the server has said which it is.
  static func problems(ofTold host: EngineHost, in room: String, _ rows: [HostRow], server: [Message]) -> [String] {
    let told = host.messages.filter { $0.isText && $0.chat == room }
    var problems: [String] = []
    let others = server.filter { $0.nick != host.name }.map { $0[tag: "msgid"] ?? "" }
    let heard = told.filter { !$0.isOwn }.map(\.networkID)
    if heard != others {
      problems.append("\(host.name) was told \(heard.count) of \(others.count), or in another order")
    }
    let present = Set(rows.map(\.id))
    let gone = Set(host.changes.filter { $0.state == HostRow.State.gone }.map(\.id))
    for row in told where row.isOwn && (present.contains(row.id) || !gone.contains(row.id)) {
      problems.append("\(host.name) was told of its own message: \(row)")
    }
    return problems
  }

  /// The numbers of somebody's messages, "NAME NUMBER", in the order in which they stand.
  static func numbers(of name: String, in texts: [String]) -> [Int] {
    texts.filter { $0.hasPrefix(name + " ") }.compactMap { Int($0.dropFirst(name.utf8.count + 1)) }
  }

  static func isIncreasing(_ numbers: [Int]) -> Bool { !zip(numbers, numbers.dropFirst()).contains { $0 >= $1 } }
}

/// This machine's monotonic clock, which host.c prints times of, in milliseconds.
func monotonicMilliseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}
