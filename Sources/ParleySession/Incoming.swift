import IRC

/// A line from the server with what every handler wants to know of it.
struct Incoming {
  let message: Message
  let source: Source
  let position: Position
  /// The server's word on the time; nil: it has said nothing. `position` has no time that is still to come.
  let told: Timestamp?
  /// account-tag; nil: none.
  let account: String?
  /// Our nick is the source's.
  let isFromOwnNick: Bool
  /// Part of a batch of history: it tells what was, and changes nothing.
  var isHistoric = false
  /// The chat whose history was asked for; nil: it was not asked for.
  var historyChat: String?

  /// A parameter counted from 0; empty when there is none.
  func parameter(_ number: Int) -> String {
    number < message.parameters.count ? message.parameters[number] : ""
  }

  /// The last parameter, which is the one for people.
  var text: String { message.parameters.last ?? "" }

  /// A tag's value, if it is not empty.
  func tag(_ keys: String...) -> String? {
    for key in keys {
      if let value = message[tag: key], !value.isEmpty { return value }
    }
    return nil
  }
}

extension ClientSession {
  /// The most bytes of a msgid; longer ones are no ids that anybody should keep.
  static let maximumID = 512

  func read(_ message: Message) -> Incoming {
    let source = Source(parsing: message.source ?? "")
    var id = ""
    if let given = message[tag: "msgid"] ?? message[tag: "draft/msgid"], given.utf8.count <= Self.maximumID {
      id = given
    }
    // No conversation has as many messages, and whoever calculates with it stays within `Int64`.
    let sequence = min(message[tag: "parley.chat/seq"].flatMap(Int64.init) ?? 0, 1 << 53)
    let told = message[tag: "time"].flatMap(Timestamp.init(iso8601:))
    // A message from the future would stand behind everything until then, and hide what is asked for behind it. Where the server
    // numbers messages, numbers decide.
    let time = sequence > 0 ? told ?? wallClock : min(told ?? wallClock, wallClock)
    let position = Position(networkID: id, time: time, sequence: max(0, sequence))
    var account: String?
    if let name = message[tag: "account"], !name.isEmpty, name != "*" { account = limited(name, Rooms.nickLimit) }
    let isOwn = !source.name.isEmpty && phase != .registering && isOwnNick(source.name)
    return Incoming(
      message: message, source: source, position: position, told: told, account: account, isFromOwnNick: isOwn)
  }

  /// The line is one that a server sends at the moment it happens, so that its time tag shows the server's clock.
  func learnServerClock(_ line: Incoming) {
    guard let told = line.told else { return }
    serverOffset = told.milliseconds.subtractingReportingOverflow(now.milliseconds).partialValue
  }
}
