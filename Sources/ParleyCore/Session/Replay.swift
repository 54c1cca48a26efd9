import IRC
import ParleyStore

/// Shows a session conversation by conversation what the log has for it, in slices that are read as the client takes them.
final class Replay {
  enum Kind {
    /// What a device has missed: the newest messages of each conversation, and how many there are besides.
    case missed
    /// What a connection was too slow for: everything, as it would have been delivered.
    case late
  }

  private unowned let core: Core
  private let session: Session
  private let user: User
  private let kind: Kind
  /// Events from behind this position up to `bound`.
  private let after: LogPosition
  private let bound: LogPosition
  private let finally: () -> Void
  private var rest: ArraySlice<Conversation> = []
  /// What the other sides of private conversations are called.
  private var peers: [Conversation: String] = [:]
  /// Private conversations beyond this number are announced, not shown.
  private static let mostConversations = 200

  init(
    _ kind: Kind, to session: Session, of user: User, after: LogPosition, upTo bound: LogPosition, _ core: Core,
    finally: @escaping () -> Void
  ) {
    (self.kind, self.session, self.user, self.after, self.bound) = (kind, session, user, after, bound)
    (self.core, self.finally) = (core, finally)
  }

  func begin(rooms: [Conversation]) {
    guard after < bound else { return finally() }
    // The server's own question, which nobody pays for: strangers decide how much there is to look at.
    core.ask(.missed(user.identity, after: after, kinds: kinds)) { [self] result in
      guard !session.isClosed else { return }
      rest = rooms[...]
      guard case .summaries(let summaries, _) = result else {
        session.holdCursor(at: after)
        return tell(
          "Private messages that you have missed cannot be read now; the server tries again at your next sign-in")
      }
      // Strangers come last, however many they are and whenever they wrote.
      let directs = summaries.filter(\.isAnswered) + summaries.filter { !$0.isAnswered }
      let shown = kind == .late ? directs[...] : directs.prefix(Self.mostConversations)
      rest += shown.map(\.conversation)
      for summary in shown { peers[summary.conversation] = core.peerName(summary, of: user) }
      announce(directs.dropFirst(shown.count))
    }
  }

  private var kinds: EventKinds {
    kind == .late ? HistoryLine.lateKinds(for: session) : HistoryLine.missedKinds(for: session)
  }

  /// Names whoever has written and is not shown.
  private func announce(_ summaries: ArraySlice<ConversationSummary>) {
    var rest = summaries
    guard !rest.isEmpty else { return showNext() }
    core.sendLong(core.makeReply(session, label: nil), finally: { [self] in showNext() }) { [self] reply in
      while !reply.isFull, !rest.isEmpty {
        var names: [String] = []
        var length = 0
        while let summary = rest.first, length < 300 {
          let name = core.peerName(summary, of: user) ?? "*"
          names.append(name)
          length += name.utf8.count + 2
          rest = rest.dropFirst()
        }
        notice("Not shown, for there are too many: messages from \(names.joined(separator: ", "))", reply)
      }
      if rest.isEmpty { notice("HISTORY and a nick shows what somebody has written to you", reply) }
      return !rest.isEmpty
    }
  }

  private func notice(_ text: String, _ reply: Reply) {
    reply.send(
      Message(source: core.configuration.serverName, command: "NOTICE", parameters: [reply.addressee, text]))
  }

  private func showNext() {
    guard let conversation = rest.popFirst() else { return finally() }
    var query = HistoryQuery(
      conversation: conversation, range: kind == .late ? .after(.sequence(0)) : .missed(after: after),
      limit: kind == .late ? Int.max - 1 : core.configuration.replayLimit, kinds: kinds)
    query.after = max(after, start(of: conversation))
    if kind == .missed { query.range = .missed(after: query.after) }
    query.reader = user.identity
    query.portion = core.configuration.sliceBytes
    // Everything has no end that could be measured: each portion is a page of its own.
    query.byteLimit = kind == .late ? query.portion : HistoryPage.byteLimit
    read(query, conversation)
  }

  /// - Parameter isDamaged: a message of the conversation is damaged, and the query asks for less than was missed.
  private func read(_ query: HistoryQuery, _ conversation: Conversation, isDamaged: Bool = false) {
    core.ask(.history(query), for: session) { [self] result in
      guard !session.isClosed else { return }
      switch result {
      case .page(let page): show(page, conversation, query, isDamaged: isDamaged)
      case .failed(let error) where error.kind == .fatal && kind == .missed && query.limit > 1:
        // A message is damaged: newer ones may be readable.
        var smaller = query
        smaller.limit = query.limit / 4 + 1
        read(smaller, conversation, isDamaged: true)
      default: tell(unreadable(result, conversation))
      }
    }
  }

  private func show(_ first: HistoryPage, _ conversation: Conversation, _ query: HistoryQuery, isDamaged: Bool) {
    var isMore = kind == .late && first.hasMore
    var next = query
    // The texts of messages on the page are the newest: their edits need not be told.
    var shown: Set<String> = []
    let batch = kind == .missed && session.has(.batch) ? core.randomName() : nil
    let name = target(of: conversation, first.events) ?? "*"
    guard first.events.contains(where: { isWanted($0, conversation) }) || first.rest != nil || isMore else {
      return isDamaged ? tell(damaged(name)) : showNext()
    }
    var failure: QueryResult?
    var last: LogPosition?
    func deliveries(_ event: StoredEvent) -> [PartialDelivery] {
      last = event.receipt.position
      guard isWanted(event, conversation) else { return [] }
      if kind == .missed {
        if event.kind == .edit, shown.contains(event.reference) { return [] }
        if event.kind == .message || event.kind == .notice { shown.insert(event.receipt.messageID) }
      }
      return [
        PartialDelivery(HistoryLine.delivery(event, to: recipient(of: event, in: conversation)), inBatch: batch)
      ]
    }
    var lines: StoredLines? = StoredLines(first, deliveries)
    var isOpen = false
    // Not the page itself, which would stay in memory.
    let omitted = first.omitted
    core.sendLong(core.makeReply(session, label: nil), finally: { [self] in showNext() }) { [self] reply, source in
      if let failure {
        if let batch { mark(reply, ["-" + batch]) }
        notice(unreadable(failure, conversation), reply)
        return .finished
      }
      guard let portion = lines else {
        core.ask(.history(next), for: session) { [self] result in
          guard !session.isClosed else { return }
          if case .page(let found) = result {
            isMore = kind == .late && found.hasMore
            lines = StoredLines(found, deliveries)
          } else {
            failure = result
          }
          core.proceed(with: source)
        }
        return .waiting
      }
      if !isOpen {
        isOpen = true
        if isDamaged {
          notice(damaged(name), reply)
        } else if omitted > 0, kind == .missed {
          tellOmitted(omitted, name, reply)
        }
        if let batch { mark(reply, ["+" + batch, "chathistory", name]) }
      }
      guard portion.write(to: reply) else { return .more }
      lines = nil
      guard portion.rest != nil || isMore, let last, last < bound else {
        if let batch { mark(reply, ["-" + batch]) }
        return .finished
      }
      if let rest = portion.rest { next.range = .rest(rest) } else { next.after = last }
      return .more
    }
  }

  private func mark(_ reply: Reply, _ parameters: [String]) {
    reply.send(Message(source: core.configuration.serverName, command: "BATCH", parameters: parameters))
  }

  private func tellOmitted(_ omitted: Int, _ name: String, _ reply: Reply) {
    let isMore = omitted >= HistoryPage.omissionLimit
    let wanted = omitted + core.configuration.replayLimit
    let most = core.configuration.historyLimit
    let isAll = !isMore && wanted <= most
    notice(
      "\(name): \(isMore ? "more than " : "")\(omitted) earlier messages are not shown; HISTORY \(name) \(min(wanted, most)) "
        + (isAll ? "shows them" : "shows the last of them, and how to go further back"), reply)
  }

  // MARK: - What cannot be read

  /// Says it instead of a conversation, and goes on with the next one: what cannot be read keeps nobody from the rest.
  private func tell(_ text: String) {
    core.sendLong(core.makeReply(session, label: nil), finally: { [self] in showNext() }) { [self] reply in
      notice(text, reply)
      return false
    }
  }

  private func damaged(_ name: String) -> String {
    "Some messages of \(name) cannot be read, because the server's database is damaged; HISTORY \(name) and a small "
      + "number shows the newest ones"
  }

  /// What is told of a conversation that could not be read. Damage stays, so the notice is all that will come of those messages. After
  /// another failure the device's place stays before them.
  private func unreadable(_ result: QueryResult, _ conversation: Conversation) -> String {
    let name = target(of: conversation, []) ?? peers[conversation] ?? "*"
    if case .failed(let error) = result, error.kind == .fatal { return damaged(name) }
    session.holdCursor(at: after)
    return "Some messages of \(name) cannot be read now; "
      + (session.usesCursor ? "they are shown at your next sign-in" : "ask for them later")
  }

  // MARK: - What is shown

  /// Members of rooms with mode `J` see what came after they had joined; a first visit does not show what was said before.
  private func start(of conversation: Conversation) -> LogPosition {
    guard case .room = conversation else { return 0 }
    guard let member = room(conversation)?.member(user) else { return .max }
    return member.since
  }

  private func room(_ conversation: Conversation) -> Room? {
    guard case .room(let id) = conversation else { return nil }
    return user.rooms.first { $0.id == id }
  }

  private func isWanted(_ event: StoredEvent, _ conversation: Conversation) -> Bool {
    guard event.receipt.position <= bound, !session.ownPositions.contains(event.receipt.position) else { return false }
    // Earlier versions stored them.
    if CTCP.isQuestion(event.text) { return false }
    switch conversation {
    case .room:
      guard let member = room(conversation)?.member(user) else { return false }
      // Positions tell it whatever the clock showed. Only memberships of older files have none.
      if member.since > 0 || kind == .late { return event.receipt.position > member.since }
      return event.receipt.time >= member.joinedAt
    case .direct:
      // What the account itself sent from elsewhere makes sense only to clients that know echoes.
      return event.sender != user.identity || session.has(.echoMessage) || kind == .late
    }
  }

  /// Private messages come under the nick one has now, whichever they were sent to; a room's under the name it has now.
  private func recipient(of event: StoredEvent, in conversation: Conversation) -> String? {
    switch conversation {
    case .direct: event.sender == user.identity ? nil : user.shownNick
    case .room: room(conversation)?.shownName
    }
  }

  /// The room, or the other of two people.
  private func target(of conversation: Conversation, _ events: [StoredEvent]) -> String? {
    switch conversation {
    case .room: return room(conversation)?.shownName
    case .direct(let one, let other):
      let peer = one == user.identity ? other : one
      if let user = core.user(of: peer) { return user.shownNick }
      if let id = peer.account, let account = core.accounts[id] { return account.name }
      return events.last.map { $0.sender == user.identity ? $0.target : Source(parsing: $0.source).name }
    }
  }
}
