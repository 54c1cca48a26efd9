import IRC

extension ClientSession {
  var hasLabels: Bool { capabilities.has(.labeledResponse) && capabilities.has(.batch) }

  /// Sends a command and waits for its answer.
  /// - Parameters:
  ///   - tag: nil for the session's own.
  ///   - needsBarrier: without labels, nothing need come when all is well: a PING follows, and its PONG is the answer.
  ///   - lines: what belongs to it and follows at once.
  func ask(
    _ message: Message, followedBy lines: [Message] = [], tag: UInt64?, needsBarrier: Bool = false,
    _ asking: any Asking
  ) {
    var request = Request(
      id: requests.nextNumber(), tag: tag, asking: asking, deadline: now.adding(milliseconds: Requests.patience),
      since: now)
    for line in [message] + lines {
      if let problem = problem(of: line) {
        return finish(tag, .refused(code: problem.code, reason: problem.reason))
      }
    }
    let message = label(message, &request)
    let before = output.count
    write(message, limit: .max)
    for line in lines { write(line, limit: .max) }
    if request.label == nil, needsBarrier {
      let token = requests.nextName()
      request.barrier = token
      write(Message(command: "PING", parameters: [token]), limit: .max)
    }
    request.bytes = output.count - before
    requests.append(request)
  }

  /// Why a command cannot be sent as it is.
  func problem(of message: Message) -> (code: String, reason: String)? {
    do { try message.validate() } catch {
      return ("INVALID", "A name or text has characters that cannot be sent")
    }
    guard Self.lineLength(message) <= network.lineLength, Self.tagLength(message) <= 4_000 else {
      return (Numeric.inputTooLong.text, "The line is too long for this network")
    }
    guard !requests.isFull, output.count <= Self.maximumCommanded else {
      return (Numeric.tryAgain.text, "Too many commands wait for their answers")
    }
    return nil
  }

  /// Adds a label where there are labels.
  func label(_ message: Message, _ request: inout Request) -> Message {
    guard hasLabels else { return message }
    let label = requests.nextName()
    request.label = label
    var labeled = message
    labeled.tags.insert(Tag("label", label), at: 0)
    return labeled
  }

  /// One room or person: a comma would make more of it, and a wildcard everybody.
  func isTarget(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 512 && !name.hasPrefix(":")
      && !name.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "*") }
  }

  /// Finishes a command whose names are none.
  func refuseTarget(_ tag: UInt64, _ name: String) {
    finish(tag, .refused(code: Numeric.noSuchNick.text, reason: "Not a name of one room or person"))
  }
}
