import IRC

/// A client. With keys it behaves as our engine has to: a lasting outbox, a copy of every conversation, and a cursor in each
/// from which it catches up after a disconnection, and it changes messages and moves read markers. Without, it is a plain IRC client.
final class Device: Participant, CustomStringConvertible {
  let actor: String
  let account: String
  let address: String
  private let name: String
  private let hasKeys: Bool
  /// What it may read, with the target that names it.
  private let places: [(place: Place, target: String)]
  /// What it may not read, and tries.
  private let temptations: [String]
  /// The room it leaves and comes back to, if it does.
  private let wandersIn: Int?
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
  /// What it was told it has read, by target.
  private var markers: [String: String] = [:]

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
  /// What it takes back, until it is told what became of it.
  private var redaction: Redaction?
  private var presence = Presence.inside
  /// Where each place goes on being caught up with; nil: behind its copy.
  private var points: [String?]
  private var lines: [String: Lines] = [:]

  // The last reading.
  private var unread: [Int] = []
  private var reading: [Seen] = []
  private var readingPoint: String?

  private struct Pending {
    let counter: Int
    let sending: Int
    let target: String
    let text: String
    var change: Change?
    /// Of the attempt on this connection; empty: not sent on it yet.
    var label = ""
  }

  private struct Redaction {
    let sending: Int
    let label: String
    /// Somebody else said it: it stays.
    let isForeign: Bool
  }

  /// Of who wanders, in its room.
  private enum Presence { case inside, leaving, outside, joining }

  private struct Batch {
    var type: String
    var label: String
  }

  private struct Query {
    enum Purpose { case catchingUp(Int), reading(Int), temptation }
    var purpose: Purpose
    var page: [Seen] = []
    /// The ids of everything in the answer, what nobody has said included.
    var ids: [String] = []
  }

  /// Messages of several lines that are on their way.
  private struct Lines {
    var message: Message
    var text = ""
  }

  init(
    account: String, device: String, hasKeys: Bool, address: String, budget: Int,
    places: [(place: Place, target: String)], temptations: [String], wandersIn room: String? = nil, stage: Stage
  ) {
    actor = "\(account)/\(device)"
    self.account = account
    name = device
    self.hasKeys = hasKeys
    self.address = address
    self.budget = budget
    self.places = places
    self.temptations = temptations
    wandersIn = room.flatMap { room in places.firstIndex { $0.target == room } }
    self.stage = stage
    copies = Array(repeating: [], count: places.count)
    known = Array(repeating: [], count: places.count)
    early = Array(repeating: [], count: places.count)
    points = Array(repeating: nil, count: places.count)
  }

  // MARK: - Connection

  func connected(_ wire: Wire) {
    self.wire = wire
    session += 1
    framer = LineFramer(limit: ParserLimits.client.contentBytes)
    var capabilities = "sasl message-tags server-time echo-message parley.chat/seq draft/account-registration"
    if hasKeys { capabilities += " labeled-response batch draft/chathistory draft/event-playback parley.chat/edit" }
    if hasKeys { capabilities += " draft/message-redaction draft/read-marker draft/multiline" }
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
    redaction = nil
    presence = .inside
    unechoed = [:]
    reading = []
    readingPoint = nil
    points = Array(repeating: nil, count: places.count)
    lines = [:]
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
    isReady && isSetUp && outbox.isEmpty && unsynced.isEmpty && query == nil && unread.isEmpty && redaction == nil
      && presence == .inside
  }

  /// What it is waiting for, for whoever looks into a run.
  var description: String {
    "\(actor) is ready \(isReady), set up \(isSetUp), holds \(outbox.map(\.label)), has not read \(unsynced) and \(unread), "
      + "asks \(query != nil), takes back \(redaction?.label ?? "nothing"), is \(presence)"
  }

  var canAct: Bool {
    guard isReady, isSetUp else { return false }
    if presence == .outside { return true }
    if presence != .inside { return false }
    if !stage.isClosing, budget > 0 { return true }
    return outbox.contains { $0.label.isEmpty } || query == nil && (!unsynced.isEmpty || !unread.isEmpty)
  }

  func act() {
    guard isReady, isSetUp else { return }
    if presence == .outside { return wander() }
    guard presence == .inside else { return }
    switch dice.below(4) {
    case 0 where !stage.isClosing && budget > 0:
      if hasKeys, dice.chance(1, in: 3), changeSomething() { return }
      if hasKeys, dice.chance(1, in: 30), react() { return }
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
    let isLarge = hasKeys && stage.allowsLargeRows && dice.chance(1, in: 40)
    let (sending, text) = stage.compose(account: account, place: place, hasKey: hasKeys, isLarge: isLarge)
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

  /// Many reactions to one message. Nobody says what becomes of them.
  private func react() -> Bool {
    let index = dice.below(places.count)
    guard let message = copies[index].filter({ $0.change == nil }).randomElement(dice) else { return false }
    budget -= 1
    let count = dice.within(10...40)
    stage.log.reactions[places[index].place.name, default: 0] += count
    for number in 0..<count {
      write(
        "@+draft/react=r\(account)\(counter)-\(number);+draft/reply=\(message.messageID) TAGMSG \(places[index].target)"
      )
    }
    stage.log.done("reaction bombs")
    return true
  }

  private func changeSomething() -> Bool {
    let index = dice.below(places.count)
    switch dice.below(5) {
    case 0: return mark(index)
    case 1: return redactOne(in: index)
    case 2, 3: if index == wandersIn { return leave(index) }
    default: break
    }
    return editOne(in: index)
  }

  /// Gives a message of this account, from whichever device, another text.
  private func editOne(in index: Int) -> Bool {
    let own = copies[index].filter { $0.sender == account && $0.change == nil }
    guard let message = own.randomElement(dice) else { return false }
    budget -= 1
    let (sending, text) = stage.compose(account: account, place: places[index].place, hasKey: true)
    let change = Change(kind: .edit, messageID: message.messageID)
    stage.log.sendings[sending].change = change
    counter += 1
    outbox.append(
      Pending(counter: counter, sending: sending, target: places[index].target, text: text, change: change))
    return resend()
  }

  /// Takes back a message; now and then it tries to do so with one that the other of two people has said.
  private func redactOne(in index: Int) -> Bool {
    let target = places[index].target
    let isForeign = !target.hasPrefix("#") && dice.chance(1, in: 2)
    let messages = copies[index].filter { ($0.sender != account) == isForeign && $0.change == nil }
    guard redaction == nil, let message = messages.randomElement(dice) else { return false }
    budget -= 1
    let (sending, reason) = stage.compose(account: account, place: places[index].place, hasKey: false)
    stage.log.sendings[sending].change = Change(kind: .redaction, messageID: message.messageID)
    stage.log.sendings[sending].attempts.append(.unknown)
    lastLabel += 1
    redaction = Redaction(sending: sending, label: "r\(lastLabel)", isForeign: isForeign)
    write("@label=r\(lastLabel) REDACT \(target) \(message.messageID) :\(reason)")
    return true
  }

  private func mark(_ index: Int) -> Bool {
    guard let message = copies[index].randomElement(dice) else { return false }
    write("MARKREAD \(places[index].target) timestamp=\(message.time)")
    return true
  }

  private func leave(_ index: Int) -> Bool {
    let target = places[index].target
    guard query == nil, redaction == nil, outbox.isEmpty else { return false }
    presence = .leaving
    unsynced.removeAll { $0 == index }
    joined.remove(target)
    write("PART \(target) :I am off")
    return true
  }

  /// Outside: tries to read what is said there, then comes back.
  private func wander() {
    guard let wandersIn, query == nil else { return }
    let target = places[wandersIn].target
    if !stage.isClosing, dice.chance(2, in: 3) {
      query = Query(purpose: .temptation)
      return sendQuery("LATEST \(target) * 50")
    }
    presence = .joining
    write("JOIN \(target)")
  }

  /// Sends the first of the outbox that has not been sent on this connection.
  private func resend() -> Bool {
    guard let index = outbox.firstIndex(where: { $0.label.isEmpty }) else { return false }
    let pending = outbox[index]
    stage.log.sendings[pending.sending].attempts.append(.unknown)
    lastLabel += 1
    outbox[index].label = "s\(lastLabel)"
    if pending.change == nil, pending.text.utf8.count > 1_000 { return writeLines(pending, label: "s\(lastLabel)") }
    let command = pending.change.map { "EDIT \(pending.target) \($0.messageID)" } ?? "PRIVMSG \(pending.target)"
    write("@label=s\(lastLabel);+parley.chat/key=\(name).\(pending.counter) \(command) :\(pending.text)")
    return true
  }

  /// A message that is too long for a line (draft/multiline).
  private func writeLines(_ pending: Pending, label: String) -> Bool {
    let batch = "b\(lastLabel)"
    write(
      "@label=\(label);+parley.chat/key=\(name).\(pending.counter) BATCH +\(batch) draft/multiline \(pending.target)")
    var rest = pending.text[...]
    var isFirst = true
    while !rest.isEmpty {
      let piece = rest.prefix(350)
      rest = rest.dropFirst(350)
      let tags = isFirst ? "batch=\(batch)" : "batch=\(batch);draft/multiline-concat"
      wire?.write("@\(tags) PRIVMSG \(pending.target) :\(piece)")
      isFirst = false
    }
    write("BATCH -\(batch)")
    return true
  }

  // MARK: - History

  private func ask() {
    if let index = unsynced.first {
      query = Query(purpose: .catchingUp(index))
      var point = "timestamp=1971-01-01T00:00:00.000Z"
      if let id = points[index] {
        point = "msgid=\(id)"
      } else if let last = copies[index].last {
        // The id tells whether the server still has it.
        point =
          !stage.log.losses.isEmpty || dice.chance(1, in: 2)
          ? "msgid=\(last.messageID)" : "parley.chat/seq=\(last.sequence)"
      }
      sendQuery("AFTER \(places[index].target) \(point) \(dice.within(1...9))")
    } else if let index = unread.first {
      // The answer comes before that to what is asked behind it.
      if reading.isEmpty { write("MARKREAD \(places[index].target)") }
      query = Query(purpose: .reading(index))
      if let readingPoint {
        sendQuery("BEFORE \(places[index].target) msgid=\(readingPoint) 50")
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
    case .temptation: if !query.page.isEmpty { complain("was shown what it may not read") }
    case .catchingUp(let index):
      for message in query.page { keep(message, in: index) }
      if let last = query.ids.last { points[index] = last }
      guard query.ids.isEmpty else { return }
      points[index] = nil
      unsynced.removeAll { $0 == index }
      // What history does not have any more was taken back after it came.
      let last = copies[index].last?.sequence ?? 0
      for message in early[index].sorted(by: { $0.sequence < $1.sequence }) where message.sequence > last {
        keep(message, in: index)
      }
      early[index] = []
    case .reading(let index):
      reading = query.page + reading
      if let first = query.ids.first { readingPoint = first }
      guard query.ids.isEmpty else { return }
      readingPoint = nil
      stage.log.histories.append(.init(actor: actor, place: places[index].place.name, messages: reading))
      noteMarker(index, isFinal: true)
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
    if let batch = message[tag: "batch"] {
      if lines[batch] != nil, message.command == "PRIVMSG" { return takeLine(message, of: batch) }
      if batches[batch]?.type == "chathistory", message[tag: "draft/chathistory-context"] == nil,
        let id = message[tag: "msgid"]
      {
        query?.ids.append(id)
      }
    }
    switch message.command {
    case "PING": write("PONG :\(message.parameters.first ?? "")")
    case "PRIVMSG", "EDIT", "REDACT": received(message)
    case "MARKREAD": marked(message)
    case "PART": parted(message)
    case "BATCH": batch(message)
    case "FAIL": failed(message)
    case "001":
      if message.parameters.first != account { complain("was given the nick \(message.parameters.first ?? "")") }
    case "376", "422": welcomed()
    case "366":
      let room = message.parameters.count > 1 ? message.parameters[1] : ""
      joined.insert(room)
      if let wandersIn, presence != .inside, places[wandersIn].target == room {
        presence = .inside
        unsynced.append(wandersIn)
      }
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
    if let wandersIn {
      // Whether it is still in the room depends on what was stored: it is if nothing comes of this.
      presence = .joining
      unsynced.removeAll { $0 == wandersIn }
      write("JOIN \(places[wandersIn].target)")
      if joined.contains(places[wandersIn].target) {
        presence = .inside
        unsynced.append(wandersIn)
      }
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
      if message.parameters.count > 2, message.parameters[1] == "draft/multiline" {
        var whole = message
        whole.command = "PRIVMSG"
        whole.parameters = [message.parameters[2]]
        lines[name] = Lines(message: whole)
        return
      }
      batches[name] = Batch(
        type: message.parameters.count > 1 ? message.parameters[1] : "", label: message[tag: "label"] ?? outer)
    } else if var whole = lines.removeValue(forKey: name) {
      whole.message.parameters.append(whole.text)
      received(whole.message)
    } else {
      let ended = batches.removeValue(forKey: name)
      if ended?.type == "chathistory" || ended?.type == "draft/chathistory-targets" { answered() }
    }
  }

  private func takeLine(_ message: Message, of batch: String) {
    let isJoint = message[tag: "draft/multiline-concat"] != nil || lines[batch]?.text.isEmpty == true
    lines[batch]?.text += (isJoint ? "" : "\n") + (message.parameters.last ?? "")
  }

  /// The server was restored and does not have the last message of a copy any more.
  private func forgetLost(in index: Int) {
    guard !stage.log.losses.isEmpty else { return complain("is told that \(places[index].target) lacks a message") }
    if points[index] != nil { return points[index] = nil }
    if let last = copies[index].popLast() { stage.trace.note("\(actor) has lost \(last.text.prefix(20))") }
  }

  private func failed(_ message: Message) {
    stage.trace.note("\(actor) ← \(message.wire)")
    switch message.parameters.first {
    case "CHATHISTORY":
      if case .catchingUp(let index)? = query?.purpose, message.parameters.count > 1,
        message.parameters[1] == "UNKNOWN_MSGID"
      {
        forgetLost(in: index)
      }
      query = nil
    case "BATCH" where hasKeys:
      let code = message.parameters.count > 1 ? message.parameters[1] : ""
      guard let index = outbox.firstIndex(where: { $0.label == label(of: message) }) else { break }
      guard code == "STORE_UNAVAILABLE" else { return complain("was refused: \(message.wire)") }
      stage.settle(outbox[index].sending, .fail)
      outbox[index].label = ""
    case "TAGMSG": break
    case "MARKREAD": break
    case "JOIN": if presence == .joining { presence = .outside }
    case "PART": if presence == .leaving { stay() }
    case "REDACT": failedRedaction(message)
    case "PRIVMSG", "EDIT":
      let code = message.parameters.count > 1 ? message.parameters[1] : ""
      if code == "UNKNOWN_MSGID", message.parameters[0] == "EDIT" { return failedEdit(message) }
      guard code == "STORE_UNAVAILABLE" else { return complain("was refused: \(message.wire)") }
      guard hasKeys, let index = outbox.firstIndex(where: { $0.label == label(of: message) }) else { return }
      stage.settle(outbox[index].sending, .fail)
      if !stage.isClosing, dice.chance(1, in: 3) { outbox.remove(at: index) } else { outbox[index].label = "" }
    case "REGISTER":
      wire?.close()
      disconnected()
    default: break
    }
  }

  private func failedRedaction(_ message: Message) {
    guard let redaction, label(of: message) == redaction.label else { return complain("was refused: \(message.wire)") }
    self.redaction = nil
    stage.settle(redaction.sending, .fail)
    switch message.parameters.count > 1 ? message.parameters[1] : "" {
    case "STORE_UNAVAILABLE": break
    case "UNKNOWN_MSGID": noteUnknown(redaction.sending)
    case "REDACT_FORBIDDEN" where redaction.isForeign: stage.log.done("refused redactions")
    default: complain("was refused: \(message.wire)")
    }
  }

  /// It has been taken back, from here or from another device.
  private func failedEdit(_ message: Message) {
    guard let index = outbox.firstIndex(where: { $0.label == label(of: message) }) else { return }
    let sending = outbox.remove(at: index).sending
    stage.settle(sending, .fail)
    noteUnknown(sending)
  }

  private func noteUnknown(_ sending: Int) {
    if let change = stage.log.sendings[sending].change { stage.log.unknownMessages.insert(change.messageID) }
  }

  private func marked(_ message: Message) {
    guard message.parameters.count == 2, let index = places.firstIndex(where: { $0.target == message.parameters[0] })
    else { return complain("got a marker that is not its own: \(message.wire)") }
    let (target, time) = (message.parameters[0], message.parameters[1])
    if stage.log.losses.isEmpty, let known = markers[target], known != "*", !stage.log.mayFollow(known, time) {
      complain("has read \(target) up to \(known), and is told \(time)")
    }
    if markers[target] != time { stage.log.done("markers") }
    markers[target] = time
    noteMarker(index, isFinal: false)
  }

  private func noteMarker(_ index: Int, isFinal: Bool) {
    guard let time = markers[places[index].target] else { return complain("was not told what it has read") }
    stage.log.markers.append(
      .init(actor: actor, account: account, place: places[index].place.name, time: time, isFinal: isFinal))
  }

  /// It could not leave.
  private func stay() {
    guard let wandersIn else { return }
    presence = .inside
    joined.insert(places[wandersIn].target)
    unsynced.append(wandersIn)
  }

  private func parted(_ message: Message) {
    guard message.source?.hasPrefix(account + "!") == true, let wandersIn else { return }
    guard presence == .leaving, message.parameters.first == places[wandersIn].target else {
      return complain("has left a room it was not leaving")
    }
    presence = .outside
    stage.log.done("departures")
    // What comes after it is another visit, with a hole before it.
    session += 1
  }

  private func label(of message: Message) -> String {
    message[tag: "label"] ?? message[tag: "batch"].flatMap { batches[$0]?.label } ?? "none"
  }

  private func received(_ message: Message) {
    let sender = message.source.map { String($0.prefix { $0 != "!" }) } ?? ""
    // A client that does not know messages of several lines gets them one by one: the first one has the token.
    if !hasKeys, let text = message.parameters.last, !text.hasPrefix("TOK"), !text.hasPrefix("* TOK") { return }
    let kind = Change.Kind(rawValue: message.command)
    guard message.parameters.count == (kind == nil ? 2 : 3), let messageID = message[tag: "msgid"],
      let time = message[tag: "time"],
      let sequence = message[tag: "parley.chat/seq"].flatMap({ Int($0) })
    else { return complain("got a message without its tags: \(message.wire)") }
    let text =
      kind.map { Change(kind: $0, messageID: message.parameters[1]).text(message.parameters[2]) }
      ?? message.parameters[1]
    let seen = Seen(messageID: messageID, time: time, sequence: sequence, sender: sender, text: text)
    stage.log.observe(messageID, isLive: true)
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
    var isOfRetry = acknowledge(seen, label(of: message))
    if sender == account, wire?.wasLeftOut == true { isOfRetry = true }
    stage.log.deliveries.append(
      .init(
        actor: actor, session: session, place: places[index].place.name, seen: seen, isOfRetry: isOfRetry))
    if presence == .outside, index == wandersIn { complain("was shown \(seen.text) outside of the room") }
    guard hasKeys else { return }
    if unsynced.contains(index) || !isReady || index == wandersIn && presence != .inside {
      early[index].append(seen)
    } else {
      keep(seen, in: index)
    }
  }

  /// - Returns: whether it answers a repeated attempt.
  private func acknowledge(_ seen: Seen, _ label: String) -> Bool {
    let outcome = ActorLog.Outcome.ok(messageID: seen.messageID, time: seen.time)
    if hasKeys {
      if let redaction, redaction.label == label {
        self.redaction = nil
        stage.settle(redaction.sending, outcome)
        stage.log.done("redactions")
        return false
      }
      guard let index = outbox.firstIndex(where: { $0.label == label }) else { return false }
      let pending = outbox.remove(at: index)
      stage.settle(pending.sending, outcome)
      if pending.change != nil { stage.log.done("edits") }
      let expected = pending.change?.text(pending.text) ?? pending.text
      if expected != seen.text { complain("got another echo than it asked for: \(seen.text)") }
      return stage.log.sendings[pending.sending].attempts.count > 1
    }
    if let sending = unechoed.removeValue(forKey: seen.text) { stage.settle(sending, outcome) }
    return false
  }
}
