import IRC

// What the server says.
extension Device {
  func handle(_ message: Message) {
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

  func register(_ message: Message) {
    switch message.command {
    case "AUTHENTICATE": write("AUTHENTICATE \(Base64.encode(Array("\0\(account)@\(name)\0sesame".utf8)))")
    case "903": write("CAP END")
    case "904":
      if isRegistered { complain("cannot sign in any more") } else { write("REGISTER * * sesame") }
    case "REGISTER": write("CAP END")
    default: break
    }
  }

  func welcomed() {
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

  func settle() {
    let rooms = places.map(\.target).filter { $0.hasPrefix("#") }
    if isReady, rooms.allSatisfy(joined.contains) { isSetUp = true }
  }

  func batch(_ message: Message) {
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

  func takeLine(_ message: Message, of batch: String) {
    let isJoint = message[tag: "draft/multiline-concat"] != nil || lines[batch]?.text.isEmpty == true
    lines[batch]?.text += (isJoint ? "" : "\n") + (message.parameters.last ?? "")
  }

  /// The server was restored and does not have the last message of a copy any more.
  func forgetLost(in index: Int) {
    guard !stage.log.losses.isEmpty else { return complain("is told that \(places[index].target) lacks a message") }
    if points[index] != nil { return points[index] = nil }
    if let last = copies[index].popLast() { stage.trace.note("\(actor) has lost \(last.text.prefix(20))") }
  }

  func failed(_ message: Message) {
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

  func failedRedaction(_ message: Message) {
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
  func failedEdit(_ message: Message) {
    guard let index = outbox.firstIndex(where: { $0.label == label(of: message) }) else { return }
    let sending = outbox.remove(at: index).sending
    stage.settle(sending, .fail)
    noteUnknown(sending)
  }

  func noteUnknown(_ sending: Int) {
    if let change = stage.log.sendings[sending].change { stage.log.unknownMessages.insert(change.messageID) }
  }

  func marked(_ message: Message) {
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

  func noteMarker(_ index: Int, isFinal: Bool) {
    guard let time = markers[places[index].target] else { return complain("was not told what it has read") }
    stage.log.markers.append(
      .init(actor: actor, account: account, place: places[index].place.name, time: time, isFinal: isFinal))
  }

  /// It could not leave.
  func stay() {
    guard let wandersIn else { return }
    presence = .inside
    joined.insert(places[wandersIn].target)
    unsynced.append(wandersIn)
  }

  func parted(_ message: Message) {
    guard message.source?.hasPrefix(account + "!") == true, let wandersIn else { return }
    guard presence == .leaving, message.parameters.first == places[wandersIn].target else {
      return complain("has left a room it was not leaving")
    }
    presence = .outside
    stage.log.done("departures")
    // What comes after it is another visit, with a hole before it.
    session += 1
  }

  func label(of message: Message) -> String {
    message[tag: "label"] ?? message[tag: "batch"].flatMap { batches[$0]?.label } ?? "none"
  }

  func received(_ message: Message) {
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
  func acknowledge(_ seen: Seen, _ label: String) -> Bool {
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
