import IRC
import ParleyStore

/// BATCH from clients (client-batch): messages of several lines (draft/multiline).
enum BatchCommand {
  static let command = Command(name: "BATCH", minimumParameters: 1, handler: .user(run))

  private static let type = "draft/multiline"

  private static func run(_ call: UserCall) -> Bool {
    let word = call.parameters[0]
    let reference = String(word.dropFirst())
    switch word.first {
    case "+": return open(reference, call)
    case "-":
      guard let batch = call.session.batch, batch.reference == reference else {
        call.reply.fail("BATCH", "MULTILINE_INVALID", [], "No such batch is open")
        return true
      }
      close(batch, call)
      return true
    default:
      call.reply.fail("BATCH", "INVALID_REFTAG", [call.shown(word)], "A reference tag follows + or -")
      return true
    }
  }

  private static func open(_ reference: String, _ call: UserCall) -> Bool {
    guard (1...64).contains(reference.utf8.count),
      reference.unicodeScalars.allSatisfy({
        $0 == "-" || ($0.isASCII && $0.properties.isAlphabetic) || ("0"..."9").contains($0)
      })
    else {
      call.reply.fail(
        "BATCH", "INVALID_REFTAG", [call.shown(reference)], "Letters, digits and hyphens only, at most 64")
      return true
    }
    if let earlier = call.session.batch, !earlier.isIgnored {
      call.session.batch = nil
      earlier.reply.fail("BATCH", "MULTILINE_INVALID", [], "Another batch was opened before this one was closed")
      call.core.finish(earlier.reply)
    }
    var batch = ClientBatch(
      reference: reference, target: call.parameter(2) ?? "", opening: call.message, reply: call.reply,
      openedAt: call.core.instant)
    let given = call.parameter(1) ?? "*"
    if given != type || !call.session.has(.draftMultiline) {
      batch.isIgnored = true
      call.reply.fail("BATCH", "UNKNOWN_TYPE", [reference, call.shown(given)], "This server knows no such batch")
    } else if batch.target.isEmpty || batch.target.utf8.contains(UInt8(ascii: ",")) {
      batch.isIgnored = true
      call.reply.fail("BATCH", "MULTILINE_INVALID", [], "A multiline batch has one target")
    }
    call.session.batch = batch
    // The answer comes when the batch is complete.
    return batch.isIgnored
  }

  private static func close(_ batch: ClientBatch, _ call: UserCall) {
    call.session.batch = nil
    if batch.isIgnored { return }
    let reply = batch.reply
    defer { call.core.finish(reply) }
    if isOverdue(batch, call) { return fail(batch, "TIMEOUT", [batch.reference], "The batch was open for too long") }
    guard let command = batch.command, batch.hasWords else {
      return fail(batch, "MULTILINE_INVALID", [], "The message has no text")
    }
    let opened = UserCall(
      core: call.core, session: call.session, user: call.user, message: batch.opening, reply: reply)
    MessageCommand.sendBatch(command == "NOTICE" ? .notice : .message, to: batch.target, text: batch.text, opened)
  }

  private static func isOverdue(_ batch: ClientBatch, _ call: UserCall) -> Bool {
    (batch.endedAt ?? call.core.instant).seconds - batch.openedAt.seconds > ClientBatch.timeout
  }

  private static func fail(_ batch: ClientBatch, _ code: String, _ context: [String], _ text: String) {
    batch.reply.fail("BATCH", code, context, text)
  }

  // MARK: - Lines

  /// A line that came while a batch was open, or that says it belongs to one.
  /// - Returns: false if it is an ordinary line that has to be carried out.
  static func take(_ call: UserCall) -> Bool {
    let name = call.message.command
    let given = call.message[tag: "batch"]
    if name == "BATCH", given == nil { return false }
    guard var batch = call.session.batch else {
      guard given != nil else { return false }
      call.reply.fail("BATCH", "MULTILINE_INVALID", [], "No such batch is open")
      call.core.finish(call.reply)
      return true
    }
    if given == nil, batch.isIgnored || ["PING", "PONG", "QUIT", "ERROR"].contains(name) { return false }
    if batch.isIgnored { return true }
    if let problem = add(call.message, given, to: &batch, call) {
      batch.isIgnored = true
      batch.text = ""
      fail(batch, problem.code, problem.context, problem.text)
      call.core.finish(batch.reply)
    }
    call.session.batch = batch
    return true
  }

  /// A line could not be read while a batch is open: the message would lack it.
  static func spoil(_ session: Session, _ core: Core) {
    guard var batch = session.batch, !batch.isIgnored else { return }
    batch.isIgnored = true
    batch.text = ""
    fail(batch, "MULTILINE_INVALID", [], "A line of the message could not be read")
    core.finish(batch.reply)
    session.batch = batch
  }

  private struct Problem {
    var code = "MULTILINE_INVALID"
    var context: [String] = []
    let text: String
  }

  private static func add(
    _ message: Message, _ given: String?, to batch: inout ClientBatch, _ call: UserCall
  ) -> Problem? {
    if isOverdue(batch, call) {
      return Problem(code: "TIMEOUT", context: [batch.reference], text: "The batch was open for too long")
    }
    guard given == batch.reference else {
      return Problem(text: "This line does not belong to the batch that is open")
    }
    guard message.command == "PRIVMSG" || message.command == "NOTICE", message.parameters.count == 2 else {
      return Problem(text: "A multiline batch holds PRIVMSG or NOTICE lines with a target and a text")
    }
    guard batch.command == nil || batch.command == message.command else {
      return Problem(text: "PRIVMSG and NOTICE cannot stand in one batch")
    }
    guard message.parameters[0] == batch.target else {
      return Problem(
        code: "MULTILINE_INVALID_TARGET", context: [call.shown(batch.target), call.shown(message.parameters[0])],
        text: "Every line has the batch's target")
    }
    let line = message.parameters[1]
    let isConcatenated = message.tags.contains { $0.key == "draft/multiline-concat" }
    if isConcatenated, line.isEmpty { return Problem(text: "A blank line cannot be the end of another") }
    let maximum = call.configuration
    batch.lineCount += 1
    guard batch.lineCount <= maximum.multilineLines else {
      return Problem(
        code: "MULTILINE_MAX_LINES", context: [String(maximum.multilineLines)], text: "The message has too many lines")
    }
    let joint = batch.command == nil || isConcatenated ? 0 : 1
    batch.byteCount += line.utf8.count + joint
    guard batch.byteCount <= maximum.multilineBytes else {
      return Problem(
        code: "MULTILINE_MAX_BYTES", context: [String(maximum.multilineBytes)], text: "The message is too long")
    }
    Multiline.append(line, isConcatenated: isConcatenated, isFirst: batch.command == nil, to: &batch.text)
    batch.command = message.command
    if !line.isEmpty { batch.hasWords = true }
    return nil
  }
}
