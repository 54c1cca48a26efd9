import IRC
import ParleyCache
import ParleySession
import SQLite

extension EngineCore {
  /// Keys of identities that hosts do not see.
  enum HiddenKey {
    static let password = "secret.password"
    /// The server's own.
    static let serverPassword = "secret.server"
    /// Up to where private conversations are complete, in milliseconds of the server's clock.
    static let synced = "state.synced"
    static let features = "state.features"
    static let network = "state.network"
    /// Bytes and lines of a message of several lines.
    static let lines = "state.lines"
    static let account = "state.account"
    /// The account with which signing in has worked.
    static let signedIn = "state.signedin"
    /// "1": by SCRAM, so that the server has not seen the password.
    static let scram = "state.scram"
    /// Port of TLS, and until when (milliseconds since 1970) the network is reached by TLS only.
    static let strict = "state.strict"
    /// How often the network has ended a connection because of too many messages.
    static let caution = "state.caution"
    /// How the network folds names (005).
    static let mapping = "state.mapping"
    /// The server's certificate (SHA-256 in hex) when an authority last vouched for it.
    static let vouched = "state.vouched"
    /// "1": the pin was set at the first contact, without a question. No password has gone there.
    static let unasked = "state.unasked"
    /// DEVICE of `+parley.chat/key`.
    static let device = "state.device"
    /// The server's epoch when nothing was lost, or what was lost has been marked.
    static let epoch = "state.epoch"
    /// The server's epoch, and the highest number here when it was met.
    static let before = "state.before"
  }

  /// A new name of a device for idempotency keys. Each identity has one of its own: counters are an identity's, and another one,
  /// or the same one after it was removed, may sign in to the same account.
  func newDevice() -> String {
    let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
    return String(decoding: randomBytes(20).map { digits[Int($0) % digits.count] }, as: UTF8.self)
  }

  /// Reads what there is at the start.
  func load() throws(SQLiteError) {
    for row in try cache.identities() {
      let link = row.settings["link"].flatMap(Link.init)
      var state = IdentityState(
        id: row.id, nick: row.settings["nick"] ?? "",
        network: row.settings["name"] ?? row.settings[HiddenKey.network] ?? link?.host ?? "",
        host: link?.host ?? "", settings: row.settings)
      state.features = Set(
        (row.settings[HiddenKey.features] ?? "").split(separator: " ").compactMap { Feature(rawValue: String($0)) })
      let identity = Identity(state)
      identity.password = row.settings[HiddenKey.password].map { Array($0.utf8) }
      identity.serverPassword = row.settings[HiddenKey.serverPassword]
      identities[row.id] = identity
      directory.withLock { $0.identities[row.id] = state }
      if let mapping = row.settings[HiddenKey.mapping].flatMap(CaseMapping.init) {
        directory.withLock { $0.setMapping(mapping, of: row.id) }
      }
    }
    try reload()
    for identity in identities.values {
      if identity.state.settings["autoconnect"] == "1" { connect(identity) }
    }
    directory.withLock { directory in
      for identity in identities.values { directory.identities[identity.id] = identity.state }
      for conversation in conversations.values {
        directory.insert(ChatState(row: conversation.row))
      }
    }
  }

  /// Chats and outboxes, as they are on disk.
  func reload() throws(SQLiteError) {
    let rows = try cache.chats()
    let ids = Set(rows.map(\.id))
    // Made in a transaction that failed.
    for id in conversations.keys where !ids.contains(id) { conversations[id] = nil }
    for row in rows {
      var conversation = conversations[row.id] ?? Conversation(row: row)
      conversation.row = row
      conversations[row.id] = conversation
    }
    let saved = try cache.identities()
    for row in saved { identities[row.id]?.state.settings = row.settings }
    let known = Set(saved.map(\.id))
    for id in identities.keys.sorted() where !known.contains(id) {
      identities[id] = nil
      then { $0.removeIdentity(id) }
      var event = EngineEvent(.identity)
      event.identity = id
      emit(event)
    }
    for identity in identities.values {
      identity.outbox = Outbox(try cache.outbox(identity: identity.id))
      identity.state.pending = Int64(identity.outbox.count)
    }
  }
}
