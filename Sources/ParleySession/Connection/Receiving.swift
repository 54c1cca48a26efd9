import IRC

extension ClientSession {
  /// One line of the server, from its bytes to what it means.
  func take(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard phase != .closed else { return }
    if let repaired = LegacyText.repaired(bytes) { return repaired.withUnsafeBufferPointer { takeText($0) } }
    takeText(bytes)
  }

  private func takeText(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let message = try? Message(parsing: bytes, limits: .client) else { return }
    if wantsRawLines, !Self.isSecret(message) {
      events.append(.line(String(decoding: bytes, as: UTF8.self), isOutgoing: false))
    }
    if message.command == "BATCH" { return takeBatch(message) }
    if let reference = message[tag: "batch"], batches.take(message, of: reference) { return }
    take(message)
  }

  private func take(_ message: Message) {
    var line = read(message)
    var owner: UInt64?
    if let reference = message[tag: "batch"] {
      guard let batch = batches[reference] else {
        // Of a batch that was one too many: it may be history, which must not look new.
        if !Self.isTalk(message) { dispatch(line) }
        return
      }
      if batch.isUnclaimed, batch.isHistory { return }
      line.isHistoric = batch.isHistory
      owner = batch.request
    } else if let label = message[tag: "label"] {
      owner = requests.id(ofLabel: label)
    }
    if let owner {
      takeAnswer(line, of: owner, isWhole: message[tag: "label"] != nil)
    } else {
      takeUnasked(line)
    }
  }

  static func isTalk(_ message: Message) -> Bool {
    switch message.command {
    case "PRIVMSG", "NOTICE", "TAGMSG", "REDACT", "EDIT": true
    default: false
    }
  }

  /// A line that is certainly an answer, by its label or its batch. `isWhole`: nothing else will come.
  private func takeAnswer(_ line: Incoming, of id: UInt64, isWhole: Bool) {
    // The rest of an answer that was given up: it is old, and the next question brings it again.
    if line.isHistoric, !requests.contains(where: { $0.id == id }) { return }
    var line = line
    line.historyChat = requests.historyChat(of: id)
    let reading = requests.read(line, id: id, isCertain: true, self)
    if !reading.isHidden { dispatch(line) }
    if let outcome = reading.outcome {
      conclude(id, outcome)
    } else if isWhole {
      complete(id)
    } else {
      requests.refresh(id, at: now)
    }
  }

  /// A line without a label: perhaps an answer by what it says, perhaps news.
  private func takeUnasked(_ line: Incoming) {
    if line.message.command == "PONG", let id = requests.id(ofBarrier: line.text) { return complete(id) }
    guard !line.isHistoric, let (id, reading) = requests.match(line, self) else { return dispatch(line) }
    if !reading.isHidden { dispatch(line) }
    if let outcome = reading.outcome { conclude(id, outcome) } else { requests.refresh(id, at: now) }
  }

  private func dispatch(_ line: Incoming) {
    guard phase != .closed else { return }
    if line.isHistoric {
      // Played back without being asked for: what was said counts, what happened is over.
      if line.message.command == "PRIVMSG" || line.message.command == "NOTICE" { handleMessage(line) }
      return
    }
    if let handler = Handlers.table[line.message.command] { return handler(self, line) }
    guard Numeric(command: line.message.command) != nil else { return }
    sayNumeric(line)
  }

  /// A numeric nobody takes, for people to read.
  func sayNumeric(_ line: Incoming) {
    say(line.message.parameters.dropFirst().joined(separator: " "))
  }

  /// The server has said all it will say to a request.
  func complete(_ id: UInt64) {
    guard let outcome = requests.completion(of: id, self) else { return }
    conclude(id, outcome)
  }

  func conclude(_ id: UInt64, _ outcome: Outcome) {
    guard let request = requests.remove(id) else { return }
    requests.answered(id, at: now)
    finish(request.tag, outcome)
  }

  func finish(_ tag: UInt64?, _ outcome: Outcome) {
    if let tag { events.append(.finished(tag: tag, outcome)) }
  }

  /// After everything that came at once: what is told once, and what may be asked next.
  func settle() {
    for key in rooms.takeChanged() {
      if let room = rooms[key] { events.append(.membersChanged(room: room.name)) }
    }
    askForNextWho()
  }

  func key(_ name: String) -> FoldedName { FoldedName(name, mapping: network.mapping) }

  func limited(_ text: String, _ bytes: Int) -> String { TextLimit.truncate(text, toBytes: bytes) }

  func say(_ text: String) {
    if !text.isEmpty { events.append(.serverSaid(text)) }
  }

  // MARK: Batches

  private func takeBatch(_ message: Message) {
    guard let reference = message.parameters.first, reference.utf8.count >= 2, reference.utf8.count <= 256 else {
      return
    }
    let name = String(reference.dropFirst())
    if reference.hasPrefix("+") {
      openBatch(name, message)
    } else if reference.hasPrefix("-"), let batch = batches.close(name) {
      if let whole = batch.multiline?.message { take(whole) }
      // The outermost batch of an answer ends it; inner ones are parts.
      if let id = batch.request, batch.isOutermost { complete(id) }
    }
  }

  private func openBatch(_ name: String, _ message: Message) {
    let type = message.parameters.count > 1 ? message.parameters[1] : ""
    let target = message.parameters.count > 2 ? message.parameters[2] : ""
    let parent = message[tag: "batch"].flatMap { batches[$0] }
    var batch = Batch(type: type)
    batch.isHistory = Batch.isHistory(type) || parent?.isHistory == true
    batch.isUnclaimed = parent?.isUnclaimed == true
    if let label = message[tag: "label"] {
      batch.request = requests.id(ofLabel: label)
      batch.isUnclaimed = batch.request == nil
    } else if let request = parent?.request {
      batch.request = request
      batch.isOutermost = false
    } else if type == "chathistory" || type == "draft/chathistory-targets" {
      batch.request = requests.historyRequest(type: type, target: fold(target), self)
      if batch.request == nil, requests.takeLateHistory(fold(target)) { batch.isUnclaimed = true }
    }
    if type == MultilineBatch.type { batch.multiline = MultilineBatch(opening: message, target: target) }
    if let request = batch.request, message.tags.contains(where: { $0.key == "draft/chathistory-end" }) {
      requests.isLastPage(of: request)
    }
    batches.open(name, batch)
  }
}
