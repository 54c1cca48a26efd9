/// Who types where. "typing=active … clients SHOULD assume that the sender has stopped after 6 seconds" without news (IRCv3
/// typing); who has paused keeps it for 30.
package struct Typists {
  private struct Place: Hashable {
    var chat: Int64
    var nick: String
  }

  private static let most = 200
  private var deadlines: [Place: Int64] = [:]

  package init() {}

  /// - Parameter state: 0 stopped, 1 types, 2 has paused.
  package mutating func note(_ nick: String, in chat: Int64, state: Int64, now: Int64) {
    let place = Place(chat: chat, nick: nick)
    guard state == 1 || state == 2, deadlines.count < Self.most || deadlines[place] != nil else {
      deadlines[place] = nil
      return
    }
    deadlines[place] = now + (state == 1 ? 6_000 : 30_000)
  }

  package func nicks(in chat: Int64) -> [String] { deadlines.keys.filter { $0.chat == chat }.map(\.nick).sorted() }

  package var nextDeadline: Int64? { deadlines.values.min() }

  /// - Returns: whether somebody has stopped.
  package mutating func expire(now: Int64) -> Bool {
    let count = deadlines.count
    deadlines = deadlines.filter { $0.value > now }
    return deadlines.count != count
  }
}
