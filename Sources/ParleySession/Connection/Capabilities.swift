import IRC

/// What the server offers and what has been agreed (IRCv3 capability-negotiation, version 302).
struct Capabilities {
  /// Everything a client of this kind can use.
  static let wanted: CapabilitySet = [
    .accountNotify, .accountTag, .awayNotify, .batch, .capNotify, .chghost, .echoMessage, .extendedJoin, .inviteNotify,
    .labeledResponse, .messageTags, .multiPrefix, .serverTime, .setname, .standardReplies, .userhostInNames,
    .draftAccountRegistration, .draftChathistory, .draftEventPlayback, .draftMessageRedaction, .draftMultiline,
    .draftReadMarker, .parleyEdit, .parleySeq,
  ]

  private(set) var offered: CapabilitySet = []
  private(set) var enabled: CapabilitySet = []
  private var values: [Capability: String] = [:]
  /// Asked for and not answered, one set for each REQ line. No two have a capability in common, so there is an end to them.
  private var asked: [CapabilitySet] = []
  /// Refused once, alone.
  private var refused: CapabilitySet = []

  func has(_ capability: Capability) -> Bool { enabled.contains(capability) }

  func value(of capability: Capability) -> String { values[capability] ?? "" }

  var isWaiting: Bool { !asked.isEmpty }

  /// Names with values, from LS or NEW.
  mutating func offer(_ list: String) {
    for word in list.split(separator: " ") {
      let parts = word.split(separator: "=", maxSplits: 1)
      guard let name = parts.first, let capability = Capability(name: String(name)) else { continue }
      offered.insert(capability)
      values[capability] = parts.count > 1 ? String(parts[1]) : ""
    }
  }

  /// Names from DEL.
  mutating func withdraw(_ list: String) {
    for word in list.split(separator: " ") {
      guard let capability = Capability(name: String(word)) else { continue }
      offered.remove(capability)
      enabled.remove(capability)
      values[capability] = nil
    }
  }

  /// What to ask for now.
  func missing(withSASL: Bool) -> CapabilitySet {
    var list = Self.wanted
    if withSASL { list.insert(.sasl) }
    list.formIntersection(offered)
    // Without batches an answer of several lines has no end, and without times history has no order.
    if !offered.contains(.batch) {
      list.remove(.labeledResponse)
      list.remove(.draftChathistory)
      list.remove(.draftMultiline)
    }
    if !offered.contains(.draftChathistory) { list.remove(.draftEventPlayback) }
    if !offered.contains(.serverTime) { list.remove(.draftChathistory) }
    if !offered.contains(.messageTags) { list.subtract([.draftMessageRedaction, .draftMultiline, .parleyEdit]) }
    for capability in list.members where enabled.contains(capability) || refused.contains(capability) {
      list.remove(capability)
    }
    return list
  }

  /// The REQ lines that ask for these, except for what is asked already.
  mutating func ask(for list: CapabilitySet) -> [Message] {
    let list = asked.reduce(list) { $0.subtracting($1) }
    var lines: [[Capability]] = []
    var size = 0
    for capability in list.members {
      size += capability.name.utf8.count + 1
      if lines.isEmpty || size > 400 {
        lines.append([])
        size = capability.name.utf8.count + 1
      }
      lines[lines.count - 1].append(capability)
    }
    return lines.map { line in
      asked.append(CapabilitySet(line))
      return Message(command: "CAP", parameters: ["REQ", line.map(\.name).joined(separator: " ")])
    }
  }

  /// ACK. Words may have a `-` before them.
  mutating func acknowledge(_ list: String) {
    for word in list.split(separator: " ") {
      let isRemoval = word.hasPrefix("-")
      guard let capability = Capability(name: String(word.drop(while: Self.isModifier))) else { continue }
      if isRemoval {
        enabled.remove(capability)
      } else if offered.contains(capability) {
        enabled.insert(capability)
      }
    }
    // A long ACK may come in several lines.
    let names = Self.set(of: list)
    if let place = place(of: names) {
      asked[place].subtract(names)
      if asked[place].isEmpty || names.isEmpty { asked.remove(at: place) }
    }
  }

  /// NAK: nothing of the line was accepted. What was refused together is asked for again, one by one: the lines to send.
  mutating func reject(_ list: String) -> [Message] {
    guard let place = place(of: Self.set(of: list)) else { return [] }
    let set = asked.remove(at: place)
    guard set.members.count > 1 else {
      refused.formUnion(set)
      return []
    }
    return set.members.flatMap { ask(for: [$0]) }
  }

  /// The REQ line that a list answers: one with a name of it, or, as some servers shorten the list, the oldest.
  private func place(of names: CapabilitySet) -> Int? {
    asked.firstIndex { !$0.intersection(names).isEmpty } ?? (asked.isEmpty ? nil : 0)
  }

  private static func set(of list: String) -> CapabilitySet {
    CapabilitySet(list.split(separator: " ").compactMap { Capability(name: String($0.drop(while: isModifier))) })
  }

  /// `-` takes back; `~` and `=` are of the first version of the specification.
  private static func isModifier(_ character: Character) -> Bool {
    character == "-" || character == "~" || character == "="
  }
}
