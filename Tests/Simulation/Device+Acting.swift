// What a client does when its turn comes.
extension Device {
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

  func compose() {
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
  func react() -> Bool {
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

  func changeSomething() -> Bool {
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
  func editOne(in index: Int) -> Bool {
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
  func redactOne(in index: Int) -> Bool {
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

  func mark(_ index: Int) -> Bool {
    guard let message = copies[index].randomElement(dice) else { return false }
    write("MARKREAD \(places[index].target) timestamp=\(message.time)")
    return true
  }

  func leave(_ index: Int) -> Bool {
    let target = places[index].target
    guard query == nil, redaction == nil, outbox.isEmpty else { return false }
    presence = .leaving
    unsynced.removeAll { $0 == index }
    joined.remove(target)
    write("PART \(target) :I am off")
    return true
  }

  /// Outside: tries to read what is said there, then comes back.
  func wander() {
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
  func resend() -> Bool {
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
  func writeLines(_ pending: Pending, label: String) -> Bool {
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
}
