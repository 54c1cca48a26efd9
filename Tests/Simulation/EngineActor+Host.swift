import IRC
import ParleyCache
import ParleyEngine
import SQLite

// What the host of an engine does.
extension EngineActor {
  var isIdle: Bool {
    guard let process, process.state?.state == .online, process.state?.pending == 0 else { return false }
    return isSetUp && wire != nil && !isReading && !ledger.isWaiting && rooms.allSatisfy(process.isJoined)
  }

  var canAct: Bool {
    guard isRegistered else { return false }
    guard let process else { return true }
    if isDue || isReading && !ledger.isWaiting { return true }
    switch process.state?.state {
    case nil, .offline, .stopped, .waiting: return true
    case .connecting, .signingIn: break
    case .online: if !isSetUp || roomToJoin(process) != nil { return true }
    }
    return !stage.isClosing && budget > 0
  }

  /// What it is waiting for, for whoever looks into a run.
  var description: String {
    guard let process, let state = process.state else { return "\(actor) is not running" }
    let absent = rooms.filter { !process.isJoined($0) }
    return "\(actor) is \(state.state), pending \(state.pending), asks \(ledger.openRequests), not in \(absent)"
  }

  private var isDue: Bool { alarm.map { $0 <= stage.elapsed } ?? false }

  private var rooms: [String] { places.map(\.target).filter { $0.hasPrefix("#") } }

  func act() {
    guard isRegistered else { return }
    guard let process else { return start() }
    if isDue { return advance() }
    guard let state = process.state else { return introduce(process) }
    switch state.state {
    case .stopped where state.result == EngineError.store.code:
      // "The folder has to be opened anew."
      return die(.killed)
    case .offline, .stopped: return ask(.connect(state.id))
    case .waiting where stage.isClosing || dice.chance(1, in: 4): return ask(.connect(state.id))
    case .online:
      if let room = roomToJoin(process) { return join(room, process) }
      if rooms.allSatisfy(process.isJoined) { nowSetUp() }
    case .waiting, .connecting, .signingIn: break
    }
    if isReading, !ledger.isWaiting { return readOn(process) }
    if isSetUp, !stage.isClosing { live(process) }
  }

  /// The day of somebody who talks a lot.
  private func live(_ process: EngineProcess) {
    guard budget > 0, let chat = process.chats.values.sorted().randomElement(dice) else { return }
    switch dice.below(24) {
    case 0: ask(.disconnect(process.identity, reason: ""))
    case 1: process.core.idle()
    case 2...4: markRead(chat, process)
    case 5: scrollUp(chat, process)
    case 6, 7: changeSomething(in: chat, process)
    default: compose(process)
    }
  }

  // MARK: - Commands

  private func ask(_ command: Command) {
    turn { (core) throws(SQLiteError) in try core.handle(command, request: 0) }
  }

  /// A command that is finished by a DONE.
  private func request(_ command: Command, sending: Int? = nil) {
    let request = nextRequest()
    ledger.asked(request, sending: sending)
    turn { (core) throws(SQLiteError) in try core.handle(command, request: request) }
  }

  private func introduce(_ process: EngineProcess) {
    process.identity = process.directory.addIdentity(link: "irc://127.0.0.1", nick: account)
    ask(.addIdentity(process.identity))
    request(.setIdentity(process.identity, key: "account", value: account))
    if dice.chance(1, in: 2) { request(.setIdentity(process.identity, key: "autoconnect", value: "1")) }
  }

  private func chat(_ target: String, _ process: EngineProcess) -> Int64 {
    if let chat = process.chats[target] { return chat }
    let chat = process.directory.openChat(target, identity: process.identity)
    if let row = process.directory.chatState(chat)?.row { ask(.openChat(row)) }
    return chat
  }

  /// A room we are not in, and that the engine does not go to by itself.
  private func roomToJoin(_ process: EngineProcess) -> String? {
    ledger.isWaiting ? nil : rooms.first { !process.isJoined($0) && !process.isWanted($0) }
  }

  private func join(_ room: String, _ process: EngineProcess) {
    request(.join(chat: chat(room, process), key: nil))
  }

  private func compose(_ process: EngineProcess) {
    budget -= 1
    let (place, target) = dice.pick(places)
    let chat = chat(target, process)
    guard death == nil else { return }
    let (sending, text) = stage.compose(account: account, place: place, hasKey: true)
    stage.log.sendings[sending].attempts.append(.unknown)
    stage.trace.note("\(actor) sends \(stage.log.sendings[sending].token) to \(target)")
    request(.send(chat: chat, kind: 1, text: text, replyTo: 0), sending: sending)
  }

  /// Edits or takes back something that this account has said, from whichever device.
  private func changeSomething(in chat: Int64, _ process: EngineProcess) {
    look(process) { (process) throws(SQLiteError) in
      let own = try process.rows(of: chat).filter { $0.kind == 1 && $0.isOwn && $0.state == .sent }
      guard let row = own.randomElement(dice), let name = process.directory.chatState(chat)?.row.name,
        let place = places.first(where: { $0.target == name })?.place
      else { return }
      budget -= 1
      let (sending, text) = stage.compose(account: account, place: place, hasKey: false)
      let change = Change(kind: dice.chance(1, in: 3) ? .redaction : .edit, messageID: row.networkID)
      stage.log.sendings[sending].change = change
      stage.log.sendings[sending].attempts.append(.unknown)
      stage.trace.note("\(actor) changes \(row.networkID): \(change.text(text))")
      let command: Command =
        change.kind == .edit ? .edit(message: row.id, text: text) : .redact(message: row.id, reason: text)
      let number = nextRequest()
      ledger.asked(number, change: sending)
      turn { (core) throws(SQLiteError) in try core.handle(command, request: number) }
    }
  }

  private func markRead(_ chat: Int64, _ process: EngineProcess) {
    look(process) { (process) throws(SQLiteError) in
      guard let row = try process.rows(of: chat).randomElement(dice) else { return }
      ask(.read(message: row.id))
      guard death == nil else { return }
      try ledger.checkCounts(chat, process)
    }
  }

  private func scrollUp(_ chat: Int64, _ process: EngineProcess) {
    look(process) { (process) throws(SQLiteError) in
      guard let gap = try process.rows(of: chat).first(where: { $0.isGap && $0.state == .sent }) else { return }
      ledger.scrolled(chat)
      request(.backfill(gap: gap.id))
    }
  }

  /// Reads the engine's file; a disk that fails then ends the process.
  private func look(_ process: EngineProcess, _ body: (EngineProcess) throws(SQLiteError) -> Void) {
    do throws(SQLiteError) { try body(process) } catch { die(.killed) }
  }

  // MARK: - The last reading

  func beginReading() { isReading = true }

  /// Closes one gap after the other; once there is none, hands in what it has.
  private func readOn(_ process: EngineProcess) {
    look(process) { (process) throws(SQLiteError) in
      for chat in process.chats.values.sorted() {
        guard let gap = try process.rows(of: chat).first(where: { $0.isGap && $0.state == .sent }), backfills < 500
        else {
          continue
        }
        backfills += 1
        ledger.scrolled(chat)
        return request(.backfill(gap: gap.id))
      }
      isReading = false
      for (place, target) in places {
        let chat = process.chats[target]
        let (messages, removed, lost) =
          try chat.map { (chat) throws(SQLiteError) in try ledger.copy(of: chat, process) } ?? ([], [], [])
        stage.log.copies.append(
          .init(actor: actor, place: place.name, messages: messages, isOfEngine: true, removed: removed, lost: lost))
        if let chat { try ledger.checkCounts(chat, process) }
      }
      let names = Set(places.map(\.target))
      for name in process.chats.keys.sorted() where !names.contains(name) { complain("has a chat with \(name)") }
    }
  }
}

extension Array {
  func randomElement(_ dice: Dice) -> Element? { isEmpty ? nil : self[dice.below(count)] }
}
