import IRC
import ParleyStore

/// METADATA (IRCv3 draft/metadata-3): what people and rooms tell of themselves, key by key.
///
/// A room's is seen by its members and changed by its operators, a person's is seen by all. Server operators may do both.
enum MetadataCommand {
  static let command = Command(name: "METADATA", minimumParameters: 0, handler: .connection(run))

  private static func run(_ call: ConnectionCall) -> Bool {
    let parameters = call.message.parameters
    guard parameters.count > 1 else { return refuse("*", "Not enough parameters", call) }
    let subcommand = parameters[1].uppercased()
    let rest = Array(parameters.dropFirst(2))
    let counts: ClosedRange<Int>
    switch subcommand {
    case "LIST", "CLEAR", "SUBS", "SYNC": counts = 0...0
    case "SET": counts = 1...2
    case "GET", "SUB", "UNSUB": counts = 1...Int.max
    default: return refuse(TextLimit.truncate(parameters[1], toBytes: 64), "Unknown subcommand", call)
    }
    guard counts.contains(rest.count) else {
      return refuse(subcommand, rest.count < counts.lowerBound ? "Not enough parameters" : "Too many parameters", call)
    }
    if ["SUB", "UNSUB", "SUBS"].contains(subcommand) {
      MetadataSubscriptions.run(subcommand, of: parameters[0], rest, call)
      return true
    }
    guard let user = call.session.user else {
      EarlyMetadata.run(subcommand, of: parameters[0], rest, call)
      return true
    }
    if subcommand == "SYNC" { return MetadataSync.run(parameters[0], user, call) }
    guard let target = target(parameters[0], user, call) else { return invalidTarget(parameters[0], call) }
    switch subcommand {
    case "GET": get(rest, target, user, call)
    case "LIST": list(target, user, call)
    case "SET": set(rest[0], rest.count > 1 ? rest[1] : "", target, user, call)
    default: clear(target, user, call)
    }
    return true
  }

  private static func refuse(_ subcommand: String, _ words: String, _ call: ConnectionCall) -> Bool {
    call.reply.fail("METADATA", "INVALID_PARAMS", [subcommand], words)
    return true
  }

  static func invalidTarget(_ name: String, _ call: ConnectionCall) -> Bool {
    call.reply.fail("METADATA", "INVALID_TARGET", [TextLimit.truncate(name, toBytes: 128)], "Invalid metadata target")
    return true
  }

  // MARK: - Targets

  /// nil: there is none, as far as the user may know.
  static func target(_ name: String, _ user: User, _ call: ConnectionCall) -> MetadataTarget? {
    if name == "*" { return .user(user) }
    if let room = call.core.rooms[FoldedName(name)] {
      return room.isHidden(from: user) && !user.isOperator ? nil : .room(room)
    }
    return call.core.users[FoldedName(name)].map { .user($0) }
  }

  static func mayRead(_ target: MetadataTarget, _ user: User) -> Bool {
    switch target {
    case .user: true
    case .room(let room): room.contains(user) || user.isOperator
    }
  }

  private static func mayChange(_ target: MetadataTarget, _ user: User) -> Bool {
    switch target {
    case .user(let other): other === user || user.isOperator
    case .room(let room): room.rank(of: user) >= Roles.operator.rank || user.isOperator
    }
  }

  static func forbid(_ target: MetadataTarget, _ key: String, _ call: ConnectionCall) {
    call.reply.fail("METADATA", "KEY_NO_PERMISSION", [target.name, key], "Permission denied")
  }

  // MARK: - Reading

  private static func get(_ keys: [String], _ target: MetadataTarget, _ user: User, _ call: ConnectionCall) {
    guard mayRead(target, user) else { return forbid(target, "*", call) }
    let values = target.values
    MetadataBatch(target.name, call.core, call.reply).write { batch in
      for key in keys {
        if !MetadataKey.isValid(key) {
          batch.warnInvalid(key)
        } else if let value = values[key] {
          batch.value(target.name, key, value)
        } else {
          batch.unset(target.name, key)
        }
      }
    }
  }

  private static func list(_ target: MetadataTarget, _ user: User, _ call: ConnectionCall) {
    guard mayRead(target, user) else { return forbid(target, "*", call) }
    MetadataBatch(target.name, call.core, call.reply).write { batch in
      for (key, value) in target.sorted { batch.value(target.name, key, value) }
    }
  }

  // MARK: - Changing

  /// Why a value cannot be; nil: it can.
  static func obstacle(_ key: String, _ value: String, _ configuration: Configuration) -> String? {
    guard value.utf8.count <= configuration.metadataValueBytes else {
      return "A value has at most \(configuration.metadataValueBytes) bytes"
    }
    // Clients show it in the place of the nick.
    if key == "display-name", NameProfile.hasHiddenCharacters(value) {
      return "A name has no invisible characters and no marks of direction"
    }
    return nil
  }

  private static func set(
    _ key: String, _ value: String, _ target: MetadataTarget, _ user: User, _ call: ConnectionCall
  ) {
    let configuration = call.core.configuration
    guard MetadataKey.isValid(key) else {
      return call.reply.fail("METADATA", "INVALID_KEY", [TextLimit.truncate(key, toBytes: 64)], "Invalid key")
    }
    guard mayChange(target, user) else { return forbid(target, key, call) }
    if let words = obstacle(key, value, configuration) {
      return call.reply.fail("METADATA", "INVALID_VALUE", [key], words)
    }
    let known = target.values
    if !value.isEmpty, known[key] == nil, known.count >= configuration.metadataKeys {
      return call.reply.fail(
        "METADATA", "LIMIT_REACHED", ["SET", target.name, String(configuration.metadataKeys)], "Too many keys are set")
    }
    guard isInPace(user, call) else { return }
    let name = target.name
    call.core.changeMetadata(of: target, [(key, value)], by: call.session, call.reply) {
      let numeric: Numeric = value.isEmpty ? .keyNotSet : .keyValue
      call.reply.numeric(numeric, [name, key] + (value.isEmpty ? ["Key not set"] : ["*", value]))
    }
  }

  private static func clear(_ target: MetadataTarget, _ user: User, _ call: ConnectionCall) {
    guard mayChange(target, user) else { return forbid(target, "*", call) }
    guard isInPace(user, call) else { return }
    let keys = target.sorted.map(\.key)
    let name = target.name
    call.core.changeMetadata(of: target, keys.map { ($0, "") }, by: call.session, call.reply) {
      MetadataBatch(name, call.core, call.reply).write { batch in for key in keys { batch.unset(name, key) } }
    }
  }

  private static func isInPace(_ user: User, _ call: ConnectionCall) -> Bool {
    guard let wait = user.metadataPace.wait(at: call.core.instant) else { return true }
    call.reply.numeric(.metadataRateLimit, [String(wait)] + call.message.parameters)
    return false
  }
}

/// A batch of type `metadata` (section "Batch types"), or plain lines for clients that know no batches.
struct MetadataBatch {
  private let target: String
  private let core: Core
  private let reply: Reply
  private let batch: String?

  init(_ target: String, _ core: Core, _ reply: Reply) {
    self.target = target
    self.core = core
    self.reply = reply
    batch = reply.session.has(.batch) ? core.randomName() : nil
  }

  func write(_ body: (Self) -> Void) {
    open()
    body(self)
    close()
  }

  func open(_ type: String = "metadata") {
    guard let batch else { return }
    let parameters = ["+" + batch, type] + (target.isEmpty ? [] : [target])
    reply.send(Message(source: core.configuration.serverName, command: "BATCH", parameters: parameters))
  }

  func close() {
    guard let batch else { return }
    reply.send(Message(source: core.configuration.serverName, command: "BATCH", parameters: ["-" + batch]))
  }

  func value(_ name: String, _ key: String, _ value: String) { numeric(.keyValue, [name, key, "*", value]) }

  func unset(_ name: String, _ key: String) { numeric(.keyNotSet, [name, key, "Key not set"]) }

  func numeric(_ numeric: Numeric, _ parameters: [String]) {
    send(
      Message(
        source: core.configuration.serverName, command: numeric.text,
        parameters: [reply.addressee] + parameters))
  }

  func warnInvalid(_ key: String) { send(Self.invalidKey(key, core)) }

  /// The rest of a command is carried out, so it is a warning.
  static func invalidKey(_ key: String, _ core: Core) -> Message {
    var message =
      StandardReply(
        .warn, command: "METADATA", code: "INVALID_KEY", context: [TextLimit.truncate(key, toBytes: 64)],
        description: "Invalid key"
      ).message
    message.source = core.configuration.serverName
    return message
  }

  private func send(_ message: Message) { reply.send(message, inBatch: batch) }
}
