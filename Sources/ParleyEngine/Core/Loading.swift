import IRC
import ParleyCache
import ParleySession
import SQLite

extension EngineCore {
  /// Keys of identities that hosts do not see.
  enum HiddenKey {
    static let password = "secret.password"
    /// Up to where private conversations are complete, in milliseconds of the server's clock.
    static let synced = "state.synced"
    static let features = "state.features"
    static let network = "state.network"
    static let account = "state.account"
  }

  /// The name of this engine's device in idempotency keys.
  func loadDevice() throws(SQLiteError) {
    if let device = try cache.value("state.device") {
      settings.device = device
      return
    }
    let digits = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
    settings.device = String(
      decoding: randomBytes(20).map { digits[Int($0) % digits.count] }, as: UTF8.self)
    try cache.begin()
    try cache.setValue("state.device", settings.device)
    try cache.commit()
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
      identities[row.id] = identity
      directory.withLock { $0.identities[row.id] = state }
    }
    try reload()
    for identity in identities.values {
      identity.state.pending = Int64(identity.outbox.count)
      if identity.state.settings["autoconnect"] == "1" { connect(identity) }
    }
    directory.withLock { directory in
      for identity in identities.values { directory.identities[identity.id] = identity.state }
      for conversation in conversations.values {
        directory.insert(ChatState(row: conversation.row, isJoined: false))
      }
    }
  }

  /// Chats and outboxes, as they are on disk.
  func reload() throws(SQLiteError) {
    for row in try cache.chats() {
      var conversation = conversations[row.id] ?? Conversation(row: row)
      conversation.row = row
      conversations[row.id] = conversation
    }
    for identity in identities.values { identity.outbox = try cache.outbox(identity: identity.id) }
  }
}
