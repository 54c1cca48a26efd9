import IRC
import ParleyStore

/// Events as lines: the same bytes live, replayed and in history.
enum HistoryLine {
  static func delivery(_ event: NewEvent, _ receipt: Receipt) -> Delivery {
    delivery(
      StoredEvent(
        receipt: receipt, kind: event.kind, sender: event.sender, source: event.source, account: event.account,
        target: event.target, text: event.text, clientTags: event.clientTags, reference: event.reference))
  }

  /// - Parameter target: another name for the recipient than the one it was sent to.
  static func delivery(_ event: StoredEvent, to target: String? = nil) -> Delivery {
    let target = target ?? event.target
    var line: [UInt8] = []
    var alternative: (capability: Capability, line: [UInt8])?
    var multiline: MultilineText?
    var clientTags = event.clientTags
    switch event.kind {
    case .message, .notice:
      if event.text.containsByte(where: { $0 == 10 || $0 == 13 }) {
        multiline = lines(event, target)
      } else {
        line = wire(event.source, event.kind == .notice ? "NOTICE" : "PRIVMSG", target, ":" + event.text)
      }
    case .tagMessage: line = wire(event.source, "TAGMSG", target, "")
    case .redaction:
      line = wire(event.source, "REDACT", target, event.reference + (event.text.isEmpty ? "" : " :" + event.text))
    case .edit:
      alternative = (.parleyEdit, wire(event.source, "EDIT", target, event.reference + " :" + event.text))
      line = wire(event.source, "PRIVMSG", target, ":* " + event.text)
      clientTags = (clientTags.isEmpty ? "" : clientTags + ";") + "+draft/reply=" + event.reference
    case .topic: line = wire(event.source, "TOPIC", target, event.text)
    case .kick: line = wire(event.source, "KICK", target, event.text)
    case .mode: line = wire(event.source, "MODE", target, event.text)
    case .join: line = wire(event.source, "JOIN", target, "")
    case .part: line = wire(event.source, "PART", target, event.text)
    case .quit: line = wire(event.source, "QUIT", "", event.text)
    case .nick: line = wire(event.source, "NICK", "", event.text)
    case .erased: break
    }
    return Delivery(
      line: line, alternative: alternative, multiline: multiline, requires: requirement(event.kind),
      time: event.receipt.time, messageID: event.receipt.messageID, account: event.account, clientTags: clientTags,
      sequence: event.receipt.sequence, position: lateKinds.contains(event.kind) ? event.receipt.position : 0)
  }

  /// What a reader who cannot keep up is shown later, from the log. Everything else has to be delivered when it happens.
  static let lateKinds: EventKinds = [
    .messages, EventKinds(.tagMessage), EventKinds(.edit), EventKinds(.redaction),
  ]

  /// Of these, the ones that the session would have been shown.
  static func lateKinds(for session: Session) -> EventKinds {
    var kinds = lateKinds
    if !session.has(.messageTags) { kinds.remove(EventKinds(.tagMessage)) }
    if !session.has(.draftMessageRedaction) { kinds.remove(EventKinds(.redaction)) }
    return kinds
  }

  private static func requirement(_ kind: EventKind) -> Capability? {
    switch kind {
    case .tagMessage: .messageTags
    // "MUST not forward this REDACT to target recipients that have not negotiated this capability" (message-redaction).
    case .redaction: .draftMessageRedaction
    default: nil
    }
  }

  /// What a client is shown of the past, by what it has negotiated (chathistory, "event-playback").
  static func kinds(for session: Session) -> EventKinds {
    var kinds = EventKinds.messages
    guard session.has(.draftEventPlayback) else { return kinds }
    kinds.formUnion(.roomEvents)
    if session.has(.messageTags) { kinds.insert(EventKinds(.tagMessage)) }
    if session.has(.draftMessageRedaction) { kinds.insert(EventKinds(.redaction)) }
    if session.has(.parleyEdit) { kinds.insert(EventKinds(.edit)) }
    return kinds
  }

  /// What a client without chathistory is told of what it has missed.
  static func missedKinds(for session: Session) -> EventKinds {
    var kinds: EventKinds = [.messages, EventKinds(.edit)]
    if session.has(.draftMessageRedaction) { kinds.insert(EventKinds(.redaction)) }
    return kinds
  }

  private static func lines(_ event: StoredEvent, _ target: String) -> MultilineText {
    var prefix = wire(event.source, event.kind == .notice ? "NOTICE" : "PRIVMSG", target, ":")
    prefix.removeLast(2)
    return MultilineText(
      prefix: prefix, source: Array(":\(event.source) ".utf8), target: target, text: event.text)
  }

  private static func wire(_ source: String, _ command: String, _ target: String, _ rest: String) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(source.utf8.count + target.utf8.count + rest.utf8.count + 16)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(utf8: source)
    for word in [command, target, rest] where !word.isEmpty {
      bytes.append(UInt8(ascii: " "))
      bytes.append(utf8: word)
    }
    bytes.append(13)
    bytes.append(10)
    return bytes
  }
}
