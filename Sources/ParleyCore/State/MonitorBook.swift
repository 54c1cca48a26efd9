import IRC

/// Who watches which nicks (IRCv3 "monitor"). A watch ends with its session.
struct MonitorBook {
  /// Nicks one session may watch; ISUPPORT's MONITOR.
  static let limit = 100

  private var watchers: [FoldedName: Set<ConnectionID>] = [:]

  func count(of nick: FoldedName) -> Int { watchers[nick]?.count ?? 0 }

  func watchers(of nick: FoldedName) -> [ConnectionID] { watchers[nick].map { $0.sorted() } ?? [] }

  /// - Returns: false when the session watches too many already.
  mutating func watch(_ nick: String, by session: Session) -> Bool {
    let folded = FoldedName(nick)
    if session.monitored[folded] != nil { return true }
    guard session.monitored.count < Self.limit else { return false }
    session.monitored[folded] = nick
    watchers[folded, default: []].insert(session.id)
    return true
  }

  mutating func unwatch(_ nick: FoldedName, by session: Session) {
    guard session.monitored.removeValue(forKey: nick) != nil else { return }
    watchers[nick]?.remove(session.id)
    if watchers[nick]?.isEmpty == true { watchers[nick] = nil }
  }

  mutating func clear(_ session: Session) {
    for nick in Array(session.monitored.keys) { unwatch(nick, by: session) }
  }
}

extension Core {
  /// A nick has somebody with a connected device behind it now.
  func tellOnline(_ user: User) {
    let nick = user.shownNick
    tellWatchers(of: FoldedName(nick), Numeric.monOnline, user.shownSource)
    let audience = monitors.watchers(of: FoldedName(nick))
    guard !audience.isEmpty, !MetadataTarget.user(user).shownValues.isEmpty else { return }
    deliver(
      Message(
        source: configuration.serverName, command: Numeric.metadataSyncLater.text,
        parameters: ["*", nick, "0", "Ask for the metadata when it suits"]),
      to: .connections(audience), requires: .draftMetadata3)
  }

  /// Nobody with a connected device has the nick any more.
  func tellOffline(_ nick: String) { tellWatchers(of: FoldedName(nick), Numeric.monOffline, nick) }

  private func tellWatchers(of nick: FoldedName, _ numeric: Numeric, _ text: String) {
    let audience = monitors.watchers(of: nick)
    guard !audience.isEmpty else { return }
    // One line for all: `*` stands for whoever reads it.
    deliver(
      Message(source: configuration.serverName, command: numeric.text, parameters: ["*", text]),
      to: .connections(audience))
  }

  /// extended-monitor: watchers who share no room with the user are told what those who do are told.
  func tellWatchers(of user: User, _ delivery: Delivery, requires capability: Capability) {
    let audience = monitors.watchers(of: FoldedName(user.shownNick)).filter { id in
      guard let session = sessions[id], session.has(.extendedMonitor), session.has(capability) else { return false }
      guard let watcher = session.user, watcher !== user else { return false }
      return !user.rooms.contains { $0.contains(watcher) }
    }
    if !audience.isEmpty { emit(.deliver(delivery, to: .connections(audience))) }
  }
}
