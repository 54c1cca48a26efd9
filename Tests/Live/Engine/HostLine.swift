/// A line of host.c: a word, and fields separated by tabs.
struct HostLine {
  let text: String
  let word: String
  private let fields: [String]

  init(_ text: String) {
    self.text = text
    let parts = text.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    word = parts.first ?? ""
    fields = Array(parts.dropFirst())
  }

  func field(_ index: Int) -> String { index < fields.count ? fields[index] : "" }

  func number(_ index: Int) -> Int { Int(field(index)) ?? Int.min }

  var row: HostRow? { fields.count == 11 ? HostRow(self) : nil }
}

/// A row of a chat.
struct HostRow {
  /// Numbers of parley.h.
  enum Kind { static let text = 1, topic = 20, gap = 32 }
  enum State { static let sent = 0, pending = 1, failed = 2, gone = 4 }

  let id: Int
  let kind: Int
  let state: Int
  let result: Int
  let isOwn: Bool
  let sequence: Int
  let networkID: String
  let nick: String
  /// Only in events.
  let chat: String
  let text: String
  /// The server does not have it any more.
  let isLost: Bool

  init(_ line: HostLine) {
    (id, kind, state, result) = (line.number(0), line.number(1), line.number(2), line.number(3))
    (isOwn, sequence, networkID) = (line.number(4) == 1, line.number(5), line.field(6))
    (nick, chat, text) = (line.field(7), line.field(8), line.field(9))
    isLost = line.number(10) == 1
  }

  var isText: Bool { kind == Kind.text }
}

/// A state of the identity's connection, and when it was told.
struct HostState {
  enum State: Int { case offline, connecting, signingIn, online, waiting, stopped, unknown }

  /// On this machine's monotonic clock.
  let milliseconds: Int
  let state: State
  let result: Int
  let nick: String
  let reason: String

  init(_ line: HostLine) {
    milliseconds = line.number(0)
    state = State(rawValue: line.number(1)) ?? .unknown
    (result, nick, reason) = (line.number(2), line.field(3), line.field(4))
  }
}

struct HostChat {
  let isJoined: Bool
  let topic: String
}

/// Results of parley.h.
enum HostResult { static let uncertain = -18 }
