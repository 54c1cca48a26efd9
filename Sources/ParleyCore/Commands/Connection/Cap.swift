import IRC

/// CAP: capability negotiation, version 302 (IRCv3 "capability-negotiation").
enum CapCommand {
  static let command = Command(name: "CAP", minimumParameters: 1, handler: .connection(run))

  private static func run(_ call: ConnectionCall) -> Bool {
    let parameters = call.message.parameters
    switch parameters[0].uppercased() {
    case "LS":
      if parameters.count > 1, let version = Int(parameters[1]) {
        call.session.capVersion = max(call.session.capVersion, min(version, 400))
      }
      if call.session.capVersion >= 302, !call.session.has(.capNotify) { enable([.capNotify], [], call) }
      if case .registering(let registration) = call.session.phase { registration.isNegotiating = true }
      let all = Advertised.all(call.core.configuration)
      // "the server MAY send multiple lines … if the client supports CAP version 302": others are told what fits in one.
      let told = call.session.capVersion >= 302 ? all : Advertised.inOneLine(all, call.reply)
      let policy = StrictTransport.text(call.core.configuration, call.session).map { [$0] } ?? []
      list(
        "LS", policy + told.map { Advertised.text($0, call.core.configuration, call.session, epoch: call.core.epoch) },
        call)
    case "LIST":
      let enabled = call.session.capabilities.members
      list(
        "LIST", (call.session.capVersion >= 302 ? enabled : Advertised.inOneLine(enabled, call.reply)).map(\.name), call
      )
    case "REQ":
      if case .registering(let registration) = call.session.phase { registration.isNegotiating = true }
      request(parameters.count > 1 ? parameters[1] : "", call)
    case "END":
      guard case .registering(let registration) = call.session.phase else { return true }
      registration.isNegotiating = false
      if call.session.sasl != nil {
        call.session.sasl = nil
        call.reply.numeric(.saslAborted, "SASL authentication aborted")
      }
      call.core.finish(call.reply)
      call.core.completeRegistration(call.session)
      return false
    default:
      call.reply.numeric(.invalidCapCmd, parameters[0].isEmpty ? "*" : parameters[0], "Invalid CAP command")
    }
    return true
  }

  /// Names in as many lines as they need; all but the last marked with `*` for clients of version 302.
  private static func list(_ subcommand: String, _ names: [String], _ call: ConnectionCall) {
    let lines = CapabilityLines.make(subcommand, names, for: call.reply, isContinued: true)
    for (number, line) in lines.enumerated() {
      let isLast = number == lines.count - 1
      let more = isLast || call.session.capVersion < 302 ? [] : ["*"]
      CapabilityLines.send(subcommand, more, line, to: call.reply)
    }
  }

  private static func request(_ text: String, _ call: ConnectionCall) {
    var added: CapabilitySet = []
    var removed: CapabilitySet = []
    var isAcceptable = true
    let advertised = Advertised.all(call.core.configuration)
    for word in text.split(separator: " ") {
      let isRemoval = word.hasPrefix("-")
      let name = String(isRemoval ? word.dropFirst() : word)
      guard let capability = Capability(name: name), advertised.contains(capability) else {
        isAcceptable = false
        break
      }
      if isRemoval {
        // cap-notify comes with version 302 and stays.
        if capability == .capNotify, call.session.capVersion >= 302 { isAcceptable = false }
        removed.insert(capability)
        added.remove(capability)
      } else {
        added.insert(capability)
        removed.remove(capability)
      }
    }
    if isAcceptable { enable(added, removed, call) }
    // With the server's name and the client's nick, the answer can be longer than the question.
    let subcommand = isAcceptable ? "ACK" : "NAK"
    for line in CapabilityLines.make(subcommand, text, for: call.reply) {
      CapabilityLines.send(subcommand, [], line, to: call.reply)
    }
  }

  private static func enable(_ added: CapabilitySet, _ removed: CapabilitySet, _ call: ConnectionCall) {
    call.core.setCapabilities(of: call.session, added: added, removed: removed)
  }
}

extension Core {
  func setCapabilities(of session: Session, added: CapabilitySet, removed: CapabilitySet) {
    for capability in added.members { session.capabilities.insert(capability) }
    for capability in removed.members { session.capabilities.remove(capability) }
    if removed.contains(.draftMetadata3) || removed.contains(.batch) { metadata.clear(session) }
    emit(.capabilities(session.id, session.capabilities))
  }
}

/// What this server offers, and with which values.
enum Advertised {
  static let always: [Capability] = [
    .accountNotify, .accountTag, .awayNotify, .batch, .capNotify, .chghost, .echoMessage, .extendedJoin,
    .extendedMonitor, .inviteNotify, .labeledResponse, .messageTags, .multiPrefix, .serverTime, .setname,
    .standardReplies,
    .noImplicitNames, .userhostInNames, .draftChannelRename, .draftChathistory, .draftEventPlayback,
    .draftExtendedIsupport, .draftMessageRedaction, .draftMetadata3, .draftMultiline, .draftNoImplicitNames,
    .draftPersistence, .draftPreAway,
    .draftReadMarker,
    .parleyEdit, .parleySeq, .sasl,
  ]

  static func all(_ configuration: Configuration) -> [Capability] {
    configuration.allowRegistration ? always + [.draftAccountRegistration] : always
  }

  /// Those that leave room for nick and server in one line: ratified ones first. The others can be asked for all the same.
  static func inOneLine(_ capabilities: [Capability], _ reply: Reply) -> [Capability] {
    let limit = CapabilityLines.capacity("LIST", for: reply)
    var length = -1
    return (capabilities.filter { !$0.name.contains("/") } + capabilities.filter { $0.name.contains("/") }).filter {
      length += $0.name.utf8.count + 1
      return length <= limit
    }
  }

  /// - Parameter epoch: of the running server.
  static func text(
    _ capability: Capability, _ configuration: Configuration, _ session: Session, epoch: String
  ) -> String {
    guard session.capVersion >= 302 else { return capability.name }
    switch capability {
    case .draftMultiline:
      return
        "\(capability.name)=max-bytes=\(configuration.multilineBytes),max-lines=\(configuration.multilineLines)"
    case .sasl: return "sasl=" + SASLMechanism.offered(to: session).map(\.rawValue).joined(separator: ",")
    case .draftAccountRegistration:
      var words: [String] = []
      if configuration.allowRegistrationBeforeConnect { words.append("before-connect") }
      if configuration.requiresEmail { words.append("email-required") }
      return words.isEmpty ? capability.name : capability.name + "=" + words.joined(separator: ",")
    case .draftMetadata3:
      return capability.name + "=before-connect,max-subs=\(configuration.metadataSubscriptions)"
        + ",max-keys=\(configuration.metadataKeys),max-key-bytes=\(MetadataKey.maximumBytes)"
        + ",max-value-bytes=\(configuration.metadataValueBytes)"
    case .parleySeq: return epoch.isEmpty ? capability.name : capability.name + "=" + epoch
    default: return capability.name
    }
  }
}
