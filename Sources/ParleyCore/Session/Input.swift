import IRC
import ParleyStore

/// From lines to commands: each session's lines in order, one at a time, waiting where an answer is awaited.
extension Core {
  func received(_ id: ConnectionID, _ lines: [InboundLine]) {
    guard let session = sessions[id] else { return }
    session.lastHeardAt = instant
    session.isPingOutstanding = false
    if session.wait == nil, session.backlog.isEmpty {
      run(session, lines)
    } else {
      queue(session, lines[...])
    }
  }

  /// Memory of a session's waiting lines beyond which no more is read from its connection.
  private static let backlogBytes = 65_536

  private func run(_ session: Session, _ lines: [InboundLine]) {
    for (number, line) in lines.enumerated() {
      perform(line, of: session)
      if session.isClosed { return }
      if session.wait != nil {
        queue(session, lines[(number + 1)...])
        return
      }
    }
  }

  private func queue(_ session: Session, _ lines: ArraySlice<InboundLine>) {
    session.backlog.append(contentsOf: lines)
    guard !session.isReadingPaused else { return }
    let isFull = session.backlog.count > configuration.backlogLines
    if isFull || session.backlog.reduce(0, { $0 + $1.memoryBytes }) > Self.backlogBytes {
      session.isReadingPaused = true
      emitAtOnce(.pause(session.id))
    }
  }

  /// The session's input goes on.
  func resume(_ session: Session) {
    session.wait = nil
    if !session.isClosed, goOn(session) { return }
    guard !session.isClosed, !session.backlog.isEmpty else { return unpause(session) }
    let lines = session.backlog
    session.backlog = []
    run(session, lines)
    if session.backlog.isEmpty { unpause(session) }
  }

  private func unpause(_ session: Session) {
    guard session.isReadingPaused, !session.isClosed else { return }
    session.isReadingPaused = false
    emitAtOnce(.resume(session.id))
  }

  /// Flow control is no part of the order: it must not wait behind the store.
  private func emitAtOnce(_ effect: LoopEffect) {
    switch effect {
    case .pause(let id), .resume(let id): outputs.loops[id.loop].append(effect)
    default: emit(effect)
    }
  }

  /// Called when one of the session's transactions has been answered.
  func appendAnswered(_ session: Session, _ weight: Int) {
    session.appendsInFlight -= weight
    if case .appends = session.wait, session.appendsInFlight <= configuration.appendsPerSession / 2 {
      // Not from within the stream: what the session does next belongs behind what is waiting.
      unblocked.append(session)
    }
  }

  /// Sessions whose appends were answered go on, once the stream has been carried out.
  func resumeUnblocked() {
    while !unblocked.isEmpty || !changingOver.isEmpty {
      let changes = changingOver
      changingOver = []
      for change in changes { change(self) }
      let sessions = unblocked
      unblocked = []
      for session in sessions {
        if case .appends = session.wait { resume(session) }
      }
    }
  }

  private func perform(_ line: InboundLine, of session: Session) {
    switch line {
    case .message, .end: break
    default: BatchCommand.spoil(session, self)
    }
    switch line {
    case .message(let message): dispatch(message, of: session)
    case .tooLong(let label):
      refuse(session, label: label) { $0.numeric(.inputTooLong, "Input line was too long") }
    case .invalidUTF8(let command, let label):
      refuse(session, label: label) {
        $0.fail(command.isEmpty ? "*" : command, "INVALID_UTF8", [], "Messages must be UTF-8; yours was not")
      }
    case .invalidCommand(let label):
      if session.user != nil { refuse(session, label: label) { $0.numeric(.unknownCommand, "*", "Unknown command") } }
    case .forbiddenByte(let command, let label):
      refuse(session, label: label) {
        $0.fail(
          command.isEmpty ? "*" : command, "INVALID_LINE", [], "A line must not hold NUL, or a CR that does not end it")
      }
    case .malformed: break
    case .end(let reason):
      disconnected(session.id, reason)
      // The loop has kept the connection's place until here, so that answers to its last lines went on.
      emit(.close(session.id, []))
    }
    guard session.wait == nil else { return }
    if session.appendsInFlight >= configuration.appendsPerSession {
      session.wait = .appends
    } else if session.output.isExhausted {
      session.wait = .outbox
    }
  }

  private func refuse(_ session: Session, label: String? = nil, _ body: (Reply) -> Void) {
    let reply = makeReply(session, label: accepted(label, session))
    body(reply)
    finish(reply)
  }

  /// A label as far as it is one (labeled-response: at most 64 bytes).
  private func accepted(_ label: String?, _ session: Session) -> String? {
    guard let label, session.has(.labeledResponse), !label.isEmpty, label.utf8.count <= 64 else { return nil }
    return label
  }

  func makeReply(_ session: Session, label: String?) -> Reply {
    Reply(
      session: session, label: label, serverName: configuration.serverName,
      addressee: isReleasing ? session.shownAddressee : session.addressee, sliceBytes: configuration.sliceBytes
    ) { [unowned self] in randomName() }
  }

  private func dispatch(_ message: Message, of session: Session) {
    if session.user == nil { session.commandCount += 1 }
    let reply = makeReply(session, label: accepted(message[tag: "label"], session))
    if session.batch != nil || message[tag: "batch"] != nil, let user = session.user,
      BatchCommand.take(.init(core: self, session: session, user: user, message: message, reply: reply))
    {
      return
    }
    guard let command = CommandTable.commands[message.command] else {
      if case .registering = session.phase {
        reply.numeric(.notRegistered, "Register first")
      } else {
        reply.numeric(.unknownCommand, message.command, "Unknown command")
      }
      return finish(reply)
    }
    guard message.parameters.count >= command.minimumParameters else {
      reply.numeric(.needMoreParams, message.command, "Not enough parameters")
      return finish(reply)
    }
    if command.isCostly, session.user != nil, !mayWork(session) { return postpone(.message(message), of: session) }
    if command.isTalk, session.user != nil, !mayTalk(session) { return postponeTalk(.message(message), of: session) }
    let mustFinish: Bool
    switch (command.handler, session.phase) {
    case (_, .closed): return
    case (.connection(let handler), _):
      mustFinish = handler(.init(core: self, session: session, message: message, reply: reply))
    case (.user(let handler), .registered(let user)):
      mustFinish = handler(.init(core: self, session: session, user: user, message: message, reply: reply))
    case (.serverOperator, .registered(let user)) where !user.isOperator:
      reply.numeric(.noPrivileges, "Permission denied: \(command.name) is for server operators")
      mustFinish = true
    case (.serverOperator(let handler), .registered(let user)):
      mustFinish = handler(.init(core: self, session: session, user: user, message: message, reply: reply))
    case (.registration(let handler), .registering(let registration)):
      mustFinish = handler(
        .init(core: self, session: session, registration: registration, message: message, reply: reply))
    case (.user, .registering), (.serverOperator, .registering):
      reply.numeric(.notRegistered, "Register first")
      mustFinish = true
    case (.registration, .registered):
      reply.numeric(.alreadyRegistered, "You are already registered")
      mustFinish = true
    }
    if mustFinish {
      finish(reply)
      settleIn(session)
    }
  }

  /// The session's input waits until `resume`, which the answer to a job must call.
  func park(_ session: Session) {
    session.wait = .job
    if session.user == nil, session.parkedAt == nil { session.parkedAt = instant }
  }

  /// The answer has come.
  func countParkedTime(of session: Session) {
    guard let since = session.parkedAt else { return }
    session.parkedAt = nil
    session.parkedSeconds = min(session.parkedSeconds + max(0, instant.seconds - since.seconds), 240)
  }
}
