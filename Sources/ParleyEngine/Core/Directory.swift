import IRC
import ParleyCache

/// What hosts can ask for without the disk: identities, chats, names. Changed by the engine's thread after each commit, and by
/// hosts' threads where a verb gives out an id at once. Always behind a lock.
struct Directory: Sendable {
  var identities: [Int64: IdentityState] = [:]
  var chats: [Int64: ChatState] = [:]
  /// Chats whose removal has been asked for and not come about.
  private var leaving: Set<Int64> = []
  /// Chats by identity and folded name.
  private var names: [Int64: [String: Int64]] = [:]
  /// How networks fold names, where that is more than ASCII, and their chats by names that are folded so.
  private var mappings: [Int64: CaseMapping] = [:]
  private var aliases: [Int64: [String: Int64]] = [:]
  /// What was asked and not answered.
  var questions: Set<Int64> = []
  private var highestRequest: Int64 = 0
  /// The callers' tags of requests that are not finished.
  private var tags: [Int64: Int64] = [:]
  private var highestIdentity: Int64
  private var highestChat: Int64
  /// Host values that are set but not on disk yet, with how many changes wait.
  private var values: [String: (value: String?, waiting: Int)] = [:]

  init(highestIdentity: Int64, highestChat: Int64) {
    self.highestIdentity = highestIdentity
    self.highestChat = highestChat
  }

  /// - Parameter tag: the caller's own number for the request; 0: none.
  mutating func nextRequest(tag: Int64 = 0) -> Int64 {
    highestRequest += 1
    if tag != 0 { tags[highestRequest] = tag }
    return highestRequest
  }

  /// Gives events of requests their callers' tags, and forgets those of requests that are finished.
  mutating func addTags(to events: inout [EngineEvent]) {
    guard !tags.isEmpty else { return }
    for place in events.indices where events[place].request != 0 {
      let request = events[place].request
      events[place].tag = tags[request] ?? 0
      if events[place].kind == .done { tags[request] = nil }
    }
  }

  /// A verb that has no DONE event needs its tag no longer.
  mutating func forgetTag(of request: Int64) { tags[request] = nil }

  // MARK: Identities

  mutating func addIdentity(_ link: Link, text: String, nick: String) -> (state: IdentityState, isNew: Bool) {
    for state in identities.values where state.host == link.host && state.settings["nick"] == nick {
      if let other = state.settings["link"].flatMap(Link.init), other.port == link.port { return (state, false) }
    }
    highestIdentity += 1
    var state = IdentityState(
      id: highestIdentity, nick: nick, network: link.host, host: link.host, settings: ["link": text, "nick": nick])
    if !link.isSecure { state.settings["pin"] = "" }
    identities[state.id] = state
    return (state, true)
  }

  mutating func removeIdentity(_ id: Int64) {
    identities[id] = nil
    (names[id], aliases[id], mappings[id]) = (nil, nil, nil)
    for chat in chats.values where chat.row.identity == id { chats[chat.row.id] = nil }
  }

  // MARK: Chats

  func chat(named name: String, identity: Int64) -> Int64? {
    if let id = names[identity]?[Self.fold(name)] { return id }
    return mappings[identity].flatMap { aliases[identity]?[$0.fold(name)] }
  }

  mutating func setMapping(_ mapping: CaseMapping, of identity: Int64) {
    let new = mapping == .ascii ? nil : mapping
    guard mappings[identity] != new else { return }
    mappings[identity] = new
    renewAliases(of: identity)
  }

  /// Of chats whose names the network takes for the same, the oldest one stands for names that are none of theirs.
  private mutating func renewAliases(of identity: Int64) {
    aliases[identity] = nil
    guard let mapping = mappings[identity] else { return }
    for (name, id) in (names[identity] ?? [:]).sorted(by: { $0.value > $1.value }) {
      aliases[identity, default: [:]][mapping.fold(name)] = id
    }
  }

  /// Finds or makes a chat. A new one has an id at once, and its row when the engine comes to it.
  mutating func openChat(
    named name: String, kind: ChatRow.Kind, identity: Int64
  ) -> (state: ChatState, isNew: Bool) {
    let key = kind == .server ? "*" : Self.fold(name)
    let known = kind == .server ? names[identity]?[key] : chat(named: name, identity: identity)
    if let id = known, let state = chats[id] { return (state, false) }
    highestChat += 1
    let row = ChatRow(id: highestChat, identity: identity, kind: kind, name: name, foldedName: key)
    let state = ChatState(row: row)
    insert(state)
    return (state, true)
  }

  mutating func insert(_ state: ChatState) {
    let known = names[state.row.identity]?[state.row.foldedName]
    if let known, known != state.row.id { chats[known] = nil }
    chats[state.row.id] = state
    names[state.row.identity, default: [:]][state.row.foldedName] = state.row.id
    if let mapping = mappings[state.row.identity] {
      let alias = mapping.fold(state.row.foldedName)
      let other = aliases[state.row.identity]?[alias]
      if other == nil || chats[other ?? 0] == nil { aliases[state.row.identity, default: [:]][alias] = state.row.id }
    }
  }

  /// The engine will come to it.
  mutating func askToRemove(_ id: Int64) { leaving.insert(id) }

  /// - Returns: whether its removal had been asked for: who opens it now means the next one.
  mutating func askToKeep(_ id: Int64) -> Bool { leaving.remove(id) != nil }

  mutating func removeChat(_ id: Int64) {
    leaving.remove(id)
    guard let state = chats.removeValue(forKey: id) else { return }
    names[state.row.identity]?[state.row.foldedName] = nil
    renewAliases(of: state.row.identity)
  }

  /// The last active first.
  func chats(identity: Int64) -> [ChatState] {
    chats.values.filter { identity == 0 || $0.row.identity == identity }
      .sorted { ($0.row.lastTime, $0.row.id) > ($1.row.lastTime, $1.row.id) }
  }

  /// Names are told apart by ASCII folding, which every network's own mapping includes.
  static func fold(_ name: String) -> String { CaseMapping.ascii.fold(name) }

  // MARK: Host values

  mutating func expect(_ value: String?, for key: String) {
    values[key] = (value, (values[key]?.waiting ?? 0) + 1)
  }

  mutating func isOnDisk(_ key: String) {
    guard let entry = values[key] else { return }
    values[key] = entry.waiting > 1 ? (entry.value, entry.waiting - 1) : nil
  }

  /// nil: nothing waits, ask the disk.
  func expectedValue(_ key: String) -> (value: String?, Void)? { values[key].map { ($0.value, ()) } }
}
