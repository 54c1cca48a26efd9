import IRC

extension ClientSession {
  func send(
    _ chat: String, _ kind: MessageKind, _ text: String, replyTo: String, counter: UInt64, _ tag: UInt64
  ) {
    guard isTarget(chat) else { return refuseTarget(tag, chat) }
    guard !text.isEmpty else {
      return finish(tag, .refused(code: Numeric.noTextToSend.text, reason: "There is nothing to say"))
    }
    var tags: [Tag] = []
    if counter > 0, supports(.keys) { tags.append(Tag("+parley.chat/key", "\(settings.device).\(counter)")) }
    if !replyTo.isEmpty, supports(.replies) { tags.append(Tag("+draft/reply", replyTo)) }
    let command = kind == .notice ? "NOTICE" : "PRIVMSG"
    let content = kind == .action ? CTCP.wrap("ACTION " + text) : text
    var asking = SendAsking(command: command, target: fold(chat), text: content)
    typingOut.said(fold(chat))
    lastSend = now
    let limit = maximumText(chat: chat, kind: kind)
    guard text.utf8.contains(10) || (text.utf8.count > limit && supports(.lines)) else {
      return ask(
        Message(tags: tags, command: command, parameters: [chat, content]), tag: tag, needsBarrier: !supports(.echo),
        asking)
    }
    guard supports(.lines), kind != .action else { return finish(tag, .unsupported) }
    // It has no other than letters and digits: a reference tag must not.
    let reference = requests.nextName()
    var lines: [Message] = []
    for line in LinePieces.split(text, limit: limit) {
      var tags = [Tag("batch", reference)]
      if line.isConcatenated { tags.append(Tag("draft/multiline-concat")) }
      lines.append(Message(tags: tags, command: command, parameters: [chat, line.text]))
    }
    lines.append(Message(command: "BATCH", parameters: ["-" + reference]))
    asking.reference = reference
    ask(
      Message(tags: tags, command: "BATCH", parameters: ["+" + reference, MultilineBatch.type, chat]),
      followedBy: lines,
      tag: tag, needsBarrier: !supports(.echo), asking)
  }
}

/// A text as the lines of a draft/multiline batch: those of more bytes than fit are cut between characters, best behind a space.
enum LinePieces {
  static func split(_ text: String, limit: Int) -> [(text: String, isConcatenated: Bool)] {
    var pieces: [(text: String, isConcatenated: Bool)] = []
    for line in text.utf8.split(separator: 10, omittingEmptySubsequences: false) {
      var rest = Substring(line)
      var isFirst = true
      repeat {
        let piece = head(rest, limit: max(8, limit))
        pieces.append((String(piece), !isFirst))
        rest = rest[piece.endIndex...]
        isFirst = false
      } while !rest.isEmpty
    }
    return pieces
  }

  private static func head(_ text: Substring, limit: Int) -> Substring {
    guard text.utf8.count > limit else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: limit)
    while end > text.startIndex, text.utf8[end] & 0xC0 == 0x80 { text.utf8.formIndex(before: &end) }
    // Whole characters where they are short, and words where they are: a client that shows lines shows these.
    let hard = end
    if let space = text[..<hard].lastIndex(of: " "), text.utf8.distance(from: text.startIndex, to: space) > limit / 2 {
      end = text.index(after: space)
    }
    return text[..<(end > text.startIndex ? end : hard)]
  }
}

extension ClientSession {
  /// What the server takes in one message of several lines (draft/multiline); nil: nothing of the kind.
  public var multilineLimits: (bytes: Int, lines: Int)? {
    guard capabilities.has(.draftMultiline), capabilities.has(.batch), capabilities.has(.messageTags) else {
      return nil
    }
    var limits: [Substring: Int] = [:]
    for word in capabilities.value(of: .draftMultiline).split(separator: ",") {
      let parts = word.split(separator: "=", maxSplits: 1)
      if parts.count == 2, let number = Int(parts[1]), number > 0 { limits[parts[0]] = number }
    }
    // "max-bytes … REQUIRED".
    guard let bytes = limits["max-bytes"], bytes >= 512 else { return nil }
    return (min(bytes, 65_536), min(limits["max-lines"] ?? 100, 1_000))
  }
}

/// A message, until its echo, its ACK or the PONG behind it.
struct SendAsking: Asking {
  let command: String
  let target: String
  let text: String
  /// The batch in which it is sent; empty: none.
  var reference = ""
  var names: [String] { reference.isEmpty ? [target] : [target, reference] }
  var isBatch: Bool { !reference.isEmpty }

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard line.message.command == command, line.isFromOwnNick else { return nil }
    // Without a label the echo is told by target and text; equal ones come in the order in which they went.
    let isEcho = isCertain || (session.fold(line.parameter(0)) == target && line.text == text)
    return isEcho ? .finished(.sent(line.position), isHidden: true) : nil
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? {
    if isLabeled, session.supports(.echo) {
      // echo-message promises an echo of what was taken.
      return .refused(code: "", reason: "The server did not take the message")
    }
    return .sent(Position(networkID: "", time: session.wallClock, sequence: 0))
  }

  // It was written: nobody knows whether it arrived.
  var lost: Outcome { .uncertain }
  var timedOut: Outcome { .uncertain }
}
