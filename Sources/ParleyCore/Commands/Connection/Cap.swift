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
      let all = Advertised.all(call.core, call.session)
      // "the server MAY send multiple lines … if the client supports CAP version 302": others are told what fits in one.
      let told = call.session.capVersion >= 302 ? all : Advertised.inOneLine(all)
      let policy = StrictTransport.text(call.core.configuration, call.session).map { [$0] } ?? []
      list("LS", policy + told.map { Advertised.text($0, call.core, call.session) }, call)
    case "LIST":
      let enabled = call.session.capabilities.members
      list(
        "LIST", (call.session.capVersion >= 302 ? enabled : Advertised.inOneLine(enabled)).map(\.name), call)
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
    let name = call.core.configuration.serverName
    var lines: [String] = [""]
    for text in names {
      if lines[lines.count - 1].utf8.count + text.utf8.count > 380 { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + text
    }
    for (number, line) in lines.enumerated() {
      let isLast = number == lines.count - 1
      let more = isLast || call.session.capVersion < 302 ? [] : ["*"]
      call.reply.send(
        Message(
          source: name, command: "CAP", parameters: [call.session.addressee, subcommand] + more + [line]))
    }
  }

  private static func request(_ text: String, _ call: ConnectionCall) {
    var added: CapabilitySet = []
    var removed: CapabilitySet = []
    var isAcceptable = true
    let advertised = Advertised.all(call.core, call.session)
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
    call.reply.send(
      Message(
        source: call.core.configuration.serverName, command: "CAP",
        parameters: [call.session.addressee, isAcceptable ? "ACK" : "NAK", text]))
  }

  private static func enable(_ added: CapabilitySet, _ removed: CapabilitySet, _ call: ConnectionCall) {
    for capability in added.members { call.session.capabilities.insert(capability) }
    for capability in removed.members { call.session.capabilities.remove(capability) }
    if removed.contains(.draftMetadata3) || removed.contains(.batch) { call.core.metadata.clear(call.session) }
    call.core.emit(.capabilities(call.session.id, call.session.capabilities))
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

  static func all(_ core: Core, _ session: Session) -> [Capability] {
    core.configuration.allowRegistration ? always + [.draftAccountRegistration] : always
  }

  /// Those that leave room for nick and server in one line: ratified ones first. The others can be asked for all the same.
  static func inOneLine(_ capabilities: [Capability]) -> [Capability] {
    var length = 0
    return (capabilities.filter { !$0.name.contains("/") } + capabilities.filter { $0.name.contains("/") }).filter {
      length += $0.name.utf8.count + 1
      return length <= 380
    }
  }

  static func text(_ capability: Capability, _ core: Core, _ session: Session) -> String {
    guard session.capVersion >= 302 else { return capability.name }
    switch capability {
    case .draftMultiline:
      return
        "\(capability.name)=max-bytes=\(core.configuration.multilineBytes),max-lines=\(core.configuration.multilineLines)"
    case .sasl: return "sasl=" + SASLMechanism.offered(to: session).map(\.rawValue).joined(separator: ",")
    case .draftAccountRegistration:
      var words: [String] = []
      if core.configuration.allowRegistrationBeforeConnect { words.append("before-connect") }
      if core.configuration.requiresEmail { words.append("email-required") }
      return words.isEmpty ? capability.name : capability.name + "=" + words.joined(separator: ",")
    case .draftMetadata3:
      let configuration = core.configuration
      return capability.name + "=before-connect,max-subs=\(configuration.metadataSubscriptions)"
        + ",max-keys=\(configuration.metadataKeys),max-key-bytes=\(MetadataKey.maximumBytes)"
        + ",max-value-bytes=\(configuration.metadataValueBytes)"
    case .parleySeq: return core.epoch.isEmpty ? capability.name : capability.name + "=" + core.epoch
    default: return capability.name
    }
  }
}
