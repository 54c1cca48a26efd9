import IRC

/// A client. With keys it behaves as our engine has to: a lasting outbox, a copy of every conversation, and a cursor in each
/// from which it catches up after a disconnection. Without, it is a plain IRC client.
final class Device: Participant {
  let actor: String
  let account: String
  let address: String
  private let name: String
  private let hasKeys: Bool
  /// What it may read, with the target that names it.
  private let places: [(place: Place, target: String)]
  /// What it may not read, and tries.
  private let temptations: [String]
  private let stage: Stage
  private var dice: Dice { stage.dice }

  // Lasting.
  private var budget: Int
  private var counter = 0
  private var outbox: [Pending] = []
  private var copies: [[Seen]]
  private var known: [Set<String>]
  private var isRegistered = false
  private(set) var isSetUp = false
  private var session = 0

  // For one connection.
  private(set) var wire: Wire?
  private var isReady = false
  private var framer = LineFramer(limit: ParserLimits.client.contentBytes)
  private var batches: [String: Batch] = [:]
  private var unsynced: [Int] = []
  private var early: [[Seen]]
  private var query: Query?
  private var joined: Set<String> = []
  private var unechoed: [String: Int] = [:]
  private var lastLabel = 0

  // The last reading.
  private var unread: [Int] = []
  private var reading: [Seen] = []

  private struct Pending {
    let counter: Int
    let sending: Int
    let target: String
    let text: String
    /// The message that gets the text.
    var edited: String?
    /// Of the attempt on this connection; empty: not sent on it yet.
    var label = ""
  }

  private struct Batch {
    var type: String
    var label: String
  }

  private struct Query {
    enum Purpose { case catchingUp(Int), reading(Int), temptation }
    var purpose: Purpose
    var page: [Seen] = []
  }

  init(
    account: String, device: String, hasKeys: Bool, address: String, budget: Int,
    places: [(place: Place, target: String)], temptations: [String], stage: Stage
  ) {
    actor = "\(account)/\(device)"
    self.account = account
    name = device
    self.hasKeys = hasKeys
    self.address = address
    self.budget = budget
    self.places = places
    self.temptations = temptations
    self.stage = stage
    copies = Array(repeating: [], count: places.count)
    known = Array(repeating: [], count: places.count)
    early = Array(repeating: [], count: places.count)
  }

  // MARK: - Connection

  func connected(_ wire: Wire) {
    self.wire = wire
    session += 1
    framer = LineFramer(limit: ParserLimits.client.contentBytes)
    var capabilities = "sasl message-tags server-time echo-message parley.chat/seq draft/account-registration"
    if hasKeys { capabilities += " labeled-response batch draft/chathistory draft/event-playback parley.chat/edit" }
    for line in [
      "CAP REQ :\(capabilities)", "NICK \(account)", "USER \(account) 0 * :\(account)", "AUTHENTICATE PLAIN",
    ] {
      wire.write(line)
    }
  }

  var wantsConnection: Bool { wire == nil }
  var alarm: Int64? { nil }

  func refused() {}

  // It has nothing of its own that could break.
  func suffer(_ weather: Weather) {}
  func recover() {}

  /// The connection is gone. What was sent and not answered is unknown.
  func disconnected() {
    stage.trace.note("\(actor) has lost its connection")
    wire?.isAbandoned = true
    wire = nil
    isReady = false
    batches = [:]
    unsynced = []
    early = Array(repeating: [], count: places.count)
    query = nil
    joined = []
    unechoed = [:]
    reading = []
    for index in outbox.indices { outbox[index].label = "" }
  }

  func receive(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      framer.consume(buffer) { frame in
        guard case .line(let line) = frame else { return complain("got an endless line") }
        for token in ActorLog.tokens(in: line) {
          stage.log.sightings.append(.init(actor: actor, account: account, token: token))
        }
        guard let message = try? Message(parsing: line, limits: .client) else { return complain("got nonsense") }
        handle(message)
      }
    }
  }

  private func complain(_ words: String) { stage.log.complaints.append("\(actor) \(words)") }

  private func write(_ line: String) {
    stage.trace.note("\(actor) → \(line)")
    wire?.write(line)
  }

  // MARK: - Acting

  var isIdle: Bool {
    isReady && isSetUp && outbox.isEmpty && unsynced.isEmpty && query == nil && unread.isEmpty
  }

  var canAct: Bool {
    guard isReady, isSetUp else { return false }
    if !stage.isClosing, budget > 0 { return true }
    return outbox.contains { $0.label.isEmpty } || query == nil && (!unsynced.isEmpty || !unread.isEmpty)
  }

  func act() {
    guard isReady, isSetUp else { return }
    switch dice.below(4) {
    case 0 where !stage.isClosing && budget > 0:
      if hasKeys, dice.chance(1, in: 5), editOne() { return }
      compose()
    case 0 where !stage.isClosing && query == nil && hasKeys && !temptations.isEmpty: tempt()
    case 1 where query == nil: ask()
    default:
      var sent = 0
      while sent < 4, resend() { sent += 1 }
      if sent == 0, query == nil { ask() }
    }
  }

  private func compose() {
    budget -= 1
    let (place, target) = dice.pick(places)
    let (sending, text) = stage.compose(account: account, place: place, hasKey: hasKeys)
    counter += 1
    if hasKeys {
      outbox.append(Pending(counter: counter, sending: sending, target: target, text: text))
      if dice.chance(2, in: 3) { _ = resend() }
    } else {
      stage.log.sendings[sending].attempts.append(.unknown)
      unechoed[text] = sending
      write("PRIVMSG \(target) :\(text)")
    }
  }

  /// Gives a message of this account, from whichever device, another text.
  private func editOne() -> Bool {
    let index = dice.below(places.count)
    let own = copies[index].filter { $0.sender == account && !$0.isEdit }
    guard !own.isEmpty else { return false }
    let message = dice.pick(own)
    budget -= 1
    let (sending, text) = stage.compose(account: account, place: places[index].place, hasKey: true)
    stage.log.sendings[sending].edited = message.messageID
    counter += 1
    outbox.append(
      Pending(counter: counter, sending: sending, target: places[index].target, text: text, edited: message.messageID))
    return resend()
  }

  /// Sends the first of the outbox that has not been sent on this connection.
  private func resend() -> Bool {
    guard let index = outbox.firstIndex(where: { $0.label.isEmpty }) else { return false }
    let pending = outbox[index]
    stage.log.sendings[pending.sending].attempts.append(.unknown)
    lastLabel += 1
    outbox[index].label = "s\(lastLabel)"
    let command = pending.edited.map { "EDIT \(pending.target) \($0)" } ?? "PRIVMSG \(pending.target)"
    write("@label=s\(lastLabel);+parley.chat/key=\(name).\(pending.counter) \(command) :\(pending.text)")
    return true
  }

  // MARK: - History

  private func ask() {
    if let index = unsynced.first {
      query = Query(purpose: .catchingUp(index))
      var point = "timestamp=1971-01-01T00:00:00.000Z"
      if let last = copies[index].last {
        point = dice.chance(1, in: 2) ? "msgid=\(last.messageID)" : "parley.chat/seq=\(last.sequence)"
      }
      sendQuery("AFTER \(places[index].target) \(point) \(dice.within(1...9))")
    } else if let index = unread.first {
      query = Query(purpose: .reading(index))
      if let first = reading.first {
        sendQuery("BEFORE \(places[index].target) msgid=\(first.messageID) 50")
      } else {
        sendQuery("LATEST \(places[index].target) * 50")
      }
    }
  }

  private func tempt() {
    query = Query(purpose: .temptation)
    let target = dice.pick(temptations)
    sendQuery(
      dice.pick([
        "LATEST \(target) * 50", "AFTER \(target) parley.chat/seq=0 50",
        "TARGETS timestamp=1971-01-01T00:00:00.000Z "
          + "timestamp=2100-01-01T00:00:00.000Z 50",
      ]))
  }

  private func sendQuery(_ words: String) {
    lastLabel += 1
    write("@label=q\(lastLabel) CHATHISTORY \(words)")
  }

  private func answered() {
    guard let query else { return complain("got history it did not ask for") }
    self.query = nil
    switch query.purpose {
    case .temptation: break
    case .catchingUp(let index):
      for message in query.page { keep(message, in: index) }
      guard query.page.isEmpty else { return }
      unsynced.removeAll { $0 == index }
      for message in early[index].sorted(by: { $0.sequence < $1.sequence }) { keep(message, in: index) }
      early[index] = []
    case .reading(let index):
      reading = query.page + reading
      guard query.page.isEmpty else { return }
      stage.log.histories.append(.init(actor: actor, place: places[index].place.name, messages: reading))
      reading = []
      unread.removeFirst()
    }
  }

  private func keep(_ message: Seen, in index: Int) {
    guard known[index].insert(message.messageID).inserted else { return }
    copies[index].append(message)
  }

  /// Hands in its copies and reads all that there is.
  func beginReading() {
    guard hasKeys else { return }
    for (index, copy) in copies.enumerated() {
      stage.log.copies.append(.init(actor: actor, place: places[index].place.name, messages: copy))
    }
    unread = Array(places.indices)
  }

  // MARK: - Lines

  private func handle(_ message: Message) {
    switch message.command {
    case "PING": write("PONG :\(message.parameters.first ?? "")")
    case "PRIVMSG", "EDIT": received(message)
    case "BATCH": batch(message)
    case "FAIL": failed(message)
    case "001":
      if message.parameters.first != account { complain("was given the nick \(message.parameters.first ?? "")") }
    case "376", "422": welcomed()
    case "366":
      joined.insert(message.parameters.count > 1 ? message.parameters[1] : "")
      settle()
    case "401", "403", "404", "412", "417", "421", "461": complain("was refused: \(message.wire)")
    default: register(message)
    }
  }

  private func register(_ message: Message) {
    switch message.command {
    case "AUTHENTICATE": write("AUTHENTICATE \(Base64.encode(Array("\0\(account)@\(name)\0sesame".utf8)))")
    case "903": write("CAP END")
    case "904":
      if isRegistered { complain("cannot sign in any more") } else { write("REGISTER * * sesame") }
    case "REGISTER": write("CAP END")
    default: break
    }
  }

  private func welcomed() {
    isReady = true
    isRegistered = true
    if hasKeys { unsynced = Array(places.indices) }
    if !isSetUp {
      for (place, target) in places where place.name.hasPrefix("#") && target != "#lobby" { write("JOIN \(target)") }
      settle()
    }
  }

  private func settle() {
    let rooms = places.map(\.target).filter { $0.hasPrefix("#") }
    if isReady, rooms.allSatisfy(joined.contains) { isSetUp = true }
  }

  private func batch(_ message: Message) {
    guard let reference = message.parameters.first else { return }
    let name = String(reference.dropFirst())
    if reference.hasPrefix("+") {
      let outer = message[tag: "batch"].flatMap { batches[$0]?.label } ?? ""
      batches[name] = Batch(
        type: message.parameters.count > 1 ? message.parameters[1] : "", label: message[tag: "label"] ?? outer)
    } else {
      let ended = batches.removeValue(forKey: name)
      if ended?.type == "chathistory" || ended?.type == "draft/chathistory-targets" { answered() }
    }
  }

  private func failed(_ message: Message) {
    stage.trace.note("\(actor) ← \(message.wire)")
    switch message.parameters.first {
    case "CHATHISTORY": query = nil
    case "PRIVMSG", "EDIT":
      guard message.parameters.count > 1, message.parameters[1] == "STORE_UNAVAILABLE" else {
        return complain("was refused: \(message.wire)")
      }
      guard hasKeys, let index = outbox.firstIndex(where: { $0.label == label(of: message) }) else { return }
      stage.settle(outbox[index].sending, .fail)
      if !stage.isClosing, dice.chance(1, in: 3) { outbox.remove(at: index) } else { outbox[index].label = "" }
    case "REGISTER":
      wire?.close()
      disconnected()
    default: break
    }
  }

  private func label(of message: Message) -> String {
    message[tag: "label"] ?? message[tag: "batch"].flatMap { batches[$0]?.label } ?? "none"
  }

  private func received(_ message: Message) {
    let sender = message.source.map { String($0.prefix { $0 != "!" }) } ?? ""
    let isEdit = message.command == "EDIT"
    guard message.parameters.count == (isEdit ? 3 : 2), let messageID = message[tag: "msgid"],
      let time = message[tag: "time"],
      let sequence = message[tag: "parley.chat/seq"].flatMap({ Int($0) })
    else { return complain("got a message without its tags: \(message.wire)") }
    let text = isEdit ? Seen.edit(of: message.parameters[1], message.parameters[2]) : message.parameters[1]
    let seen = Seen(messageID: messageID, time: time, sequence: sequence, sender: sender, text: text)
    if let batch = message[tag: "batch"], batches[batch]?.type == "chathistory" {
      query?.page.append(seen)
      return
    }
    stage.trace.note("\(actor) ← \(sequence) \(message.parameters[0]) \(seen.text.prefix(ActorLog.tokenLength))")
    let target = message.parameters[0]
    let other = target.hasPrefix("#") || sender == account ? target : sender
    guard let index = places.firstIndex(where: { $0.target == other }) else {
      return complain("got a message to \(target) by \(sender)")
    }
    let isOfRetry = acknowledge(seen, label(of: message))
    stage.log.deliveries.append(
      .init(
        actor: actor, session: session, place: places[index].place.name, seen: seen, isOfRetry: isOfRetry))
    guard hasKeys else { return }
    if unsynced.contains(index) || !isReady { early[index].append(seen) } else { keep(seen, in: index) }
  }

  /// - Returns: whether it answers a repeated attempt.
  private func acknowledge(_ seen: Seen, _ label: String) -> Bool {
    let outcome = ActorLog.Outcome.ok(messageID: seen.messageID, time: seen.time)
    if hasKeys {
      guard let index = outbox.firstIndex(where: { $0.label == label }) else { return false }
      let pending = outbox.remove(at: index)
      stage.settle(pending.sending, outcome)
      let expected = pending.edited.map { Seen.edit(of: $0, pending.text) } ?? pending.text
      if expected != seen.text { complain("got another echo than it asked for: \(seen.text)") }
      return stage.log.sendings[pending.sending].attempts.count > 1
    }
    if let sending = unechoed.removeValue(forKey: seen.text) { stage.settle(sending, outcome) }
    return false
  }
}
