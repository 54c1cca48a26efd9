import IRC
import ParleyCache
import ParleySession

// What can be said of a command at once.
extension Engine {
  static let identityKeys: Set<String> = [
    "nick", "account", "realname", "link", "autoconnect", "sasl", "certificate", "pin", "name",
  ]
  /// A password for this run: it can be set and never read, and goes before the one that is kept.
  static let passwordKey = "password"
  /// The server's own, given with PASS: it can be set and never read.
  static let serverPasswordKey = "server-password"
  /// What fits into a line.
  static let mostServerPasswordBytes = 400
  /// The most bytes that these take.
  private static let passwordBytes = [passwordKey: 600, serverPasswordKey: mostServerPasswordBytes]
  static let chatKeys: Set<String> = ["draft", "pinned", "muted"]

  static func isIdentityKey(_ key: String) -> Bool { identityKeys.contains(key) || isOwnKey(key) }

  static func isChatKey(_ key: String) -> Bool { chatKeys.contains(key) || isOwnKey(key) }

  /// A key of the host's own.
  private static func isOwnKey(_ key: String) -> Bool { key.hasPrefix("x-") && key.utf8.count <= 64 }

  static func looksLikeRoom(_ name: String) -> Bool { name.utf8.first.map { "#&+!".utf8.contains($0) } ?? false }

  /// What is a nick differs from server to server; what can never be one does not.
  static func isNick(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 64 && !looksLikeRoom(name) && !name.hasPrefix(":")
      && !name.utf8.contains { $0 <= 0x20 || $0 == 0x7F || ",*?!@".utf8.contains($0) }
  }

  static func isRoomName(_ name: String) -> Bool {
    name.utf8.count >= 1 && name.utf8.count <= 200 && !name.utf8.contains { $0 <= 0x20 || $0 == UInt8(ascii: ",") }
  }

  func check(_ command: Command, _ directory: inout Directory) throws(EngineError) {
    func identity(_ id: Int64) throws(EngineError) -> IdentityState {
      guard let state = directory.identities[id] else { throw .noSuch }
      return state
    }
    func online(_ id: Int64, _ feature: Feature? = nil) throws(EngineError) {
      let state = try identity(id)
      guard state.state == .online else { throw .offline }
      if let feature, !state.features.contains(feature) { throw .unsupported }
    }
    func room(_ id: Int64) throws(EngineError) -> ChatRow {
      guard let row = directory.chats[id]?.row else { throw .noSuch }
      guard row.kind == .room else { throw .argument }
      return row
    }
    switch command {
    case .setValue(let key, let value): directory.expect(value, for: key)
    case .networkChanged, .addIdentity, .openChat: break
    case .removeIdentity(let id), .connect(let id), .disconnect(let id, _), .away(let id, _): _ = try identity(id)
    case .setIdentity(let id, let key, let value):
      _ = try identity(id)
      if let most = Self.passwordBytes[key] {
        guard value.utf8.count <= most else { throw .tooLong }
        return
      }
      guard Self.isIdentityKey(key) else { throw .noSuch }
      try check(key, value)
      directory.identities[id]?.settings[key] = value
    case .register(let id, _), .verify(let id, _): try online(id, .registration)
    case .raw(let id, _), .rooms(let id, _): try online(id)
    case .ignore(let id, _, _), .ignored(let id): try online(id, .ignoring)
    case .answer(let question, _, let keep):
      guard (0...2).contains(keep) else { throw .argument }
      guard directory.questions.remove(question) != nil else { throw .state }
    case .removeChat(let id):
      guard directory.chats[id] != nil else { throw .noSuch }
      directory.askToRemove(id)
    case .setChat(let id, let key, let value):
      guard directory.chats[id] != nil, Self.isChatKey(key) else { throw .noSuch }
      directory.chats[id]?.row.settings[key] = value
    case .join(let id, _), .leave(let id, _): _ = try room(id)
    case .topic(let id, _), .invite(let id, _), .kick(let id, _, _): try online(try room(id).identity)
    case .typing(let id, let state):
      guard directory.chats[id] != nil else { throw .noSuch }
      guard (0...2).contains(state) else { throw .argument }
    case .send(let id, let kind, _, let reply):
      guard let row = directory.chats[id]?.row else { throw .noSuch }
      guard (1...3).contains(kind) else { throw .argument }
      guard row.kind != .server else { throw .state }
      guard reply == 0 || reply > 0 else { throw .argument }
    case .react, .redact, .edit, .read, .resend, .discard, .backfill: break
    }
  }

  /// Verbs about a message: it is there, and in a state for it.
  func checkMessage(of command: Command) throws(EngineError) {
    switch command {
    case .read(let id): _ = try message(id)
    case .send(let chat, _, _, let reply) where reply != 0:
      guard try message(reply).chat == chat else { throw .noSuch }
    case .resend(let id): guard try message(id).state == .failed else { throw .state }
    case .discard(let id):
      let state = try message(id).state
      guard state == .failed || state == .pending else { throw .state }
    case .backfill(let id):
      let row = try message(id)
      guard row.kind == 32 else { throw .argument }
      try checkOnline(row, .history)
    case .react(let id, _, _): try checkOnline(try message(id), .reactions)
    case .redact(let id, _): try checkOnline(try message(id), .redaction)
    case .edit(let id, _):
      let row = try message(id)
      guard row.isOwn, row.state == .sent, [1, 2].contains(row.kind) else { throw .state }
      try checkOnline(row, .editing)
    default: break
    }
  }

  private func checkOnline(_ row: MessageRow, _ feature: Feature) throws(EngineError) {
    guard let state = try identities(try chat(row.chat).row.identity).first, state.state == .online else {
      throw .offline
    }
    guard state.features.contains(feature) else { throw .unsupported }
  }

  private func check(_ key: String, _ value: String) throws(EngineError) {
    let isRight =
      switch key {
      case "link": Link(value) != nil
      case "nick": Self.isNick(value)
      case "autoconnect": value == "0" || value == "1"
      case "sasl": ["auto", "plain", "scram-sha-256", "external", "none"].contains(value)
      case "pin": value.isEmpty || Link.fingerprint(value) == value
      default: true
      }
    guard isRight else { throw .argument }
  }
}
