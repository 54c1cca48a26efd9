import IRC
import ParleyCache
import ParleyEngine
import ParleySession

/// Rows of one kind with their strings: a page, or what hangs on an event. Never changed after it is made.
final class Sheet: Sendable {
  struct Identity: Sendable {
    var state: IdentityState
    var reason = Text(), nick = Text(), account = Text(), network = Text(), host = Text()
  }

  struct Chat: Sendable {
    var state: ChatState
    var name = Text(), topic = Text(), lastNick = Text(), lastText = Text()
  }

  struct Message: Sendable {
    var row: MessageRow
    /// PARLEY_SENT …, and PARLEY_GONE, which no row has.
    var state: Int32
    var text = Text(), nick = Text(), account = Text(), target = Text(), reason = Text(), networkID = Text(),
      replyNetworkID = Text()
    var reactions: [Text] = []
  }

  struct Member: Sendable {
    var isAway: Bool
    var nick = Text(), account = Text(), roles = Text()
  }

  struct Room: Sendable {
    var memberCount: Int
    var name = Text(), topic = Text()
  }

  let kind: Handle.Kind
  let count: Int
  let strings: Strings
  /// One of these is filled: the one of `kind`.
  let identities: [Identity]
  let chats: [Chat]
  let messages: [Message]
  let members: [Member]
  let rooms: [Room]

  private init(
    _ kind: Handle.Kind, _ strings: Strings.Builder, identities: [Identity] = [], chats: [Chat] = [],
    messages: [Message] = [], members: [Member] = [], rooms: [Room] = []
  ) {
    self.kind = kind
    self.strings = Strings(strings)
    self.identities = identities
    self.chats = chats
    self.messages = messages
    self.members = members
    self.rooms = rooms
    count = identities.count + chats.count + messages.count + members.count + rooms.count
  }

  convenience init(identities states: [IdentityState]) {
    var strings = Strings.Builder()
    let identities = states.map { state in
      Identity(
        state: state, reason: strings.addUnlessEmpty(state.reason), nick: strings.add(state.nick),
        account: strings.add(state.account), network: strings.add(state.network), host: strings.add(state.host))
    }
    self.init(.identity, strings, identities: identities)
  }

  convenience init(chats states: [ChatState]) {
    var strings = Strings.Builder()
    let chats = states.map { state in
      let row = state.row
      return Chat(
        state: state, name: strings.add(row.name), topic: strings.add(row.topic),
        lastNick: row.last == 0 ? Text() : strings.add(row.lastNick),
        lastText: row.last == 0 ? Text() : strings.add(row.lastText))
    }
    self.init(.chat, strings, chats: chats)
  }

  convenience init(messages rows: [MessageRow]) {
    var strings = Strings.Builder()
    let messages = rows.map { Self.message($0, state: Int32($0.state.rawValue), &strings) }
    self.init(.message, strings, messages: messages)
  }

  /// A row that is not there any more, in PARLEY_GONE: only its id and its chat are known.
  convenience init(goneMessage id: Int64, chat: Int64) {
    var row = MessageRow(chat: chat, kind: 0, time: Timestamp(milliseconds: 0))
    row.id = id
    var strings = Strings.Builder()
    let message = Self.message(row, state: 4, &strings)
    self.init(.message, strings, messages: [message])
  }

  convenience init(members rows: [MemberRow]) {
    var strings = Strings.Builder()
    let members = rows.map { row in
      Member(
        isAway: row.isAway, nick: strings.add(row.nick), account: strings.add(row.account),
        roles: strings.add(row.roles))
    }
    self.init(.member, strings, members: members)
  }

  convenience init(rooms listed: [ListedRoom]) {
    var strings = Strings.Builder()
    let rooms = listed.map { room in
      Room(memberCount: room.memberCount, name: strings.add(room.name), topic: strings.add(room.topic))
    }
    self.init(.room, strings, rooms: rooms)
  }

  private static func message(_ row: MessageRow, state: Int32, _ strings: inout Strings.Builder) -> Message {
    Message(
      row: row, state: state, text: strings.add(row.text), nick: strings.add(row.nick),
      account: strings.add(row.account), target: strings.addUnlessEmpty(row.target),
      reason: strings.addUnlessEmpty(row.reason), networkID: strings.addUnlessEmpty(row.networkID),
      replyNetworkID: strings.addUnlessEmpty(row.replyNetworkID), reactions: row.reactions.map { strings.add($0.text) })
  }
}
