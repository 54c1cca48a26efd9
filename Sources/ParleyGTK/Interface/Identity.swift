import CParley

/// One person on one network, as it was when it was read.
struct Identity: Equatable {
  enum State: Int32 {
    case offline = 0
    case connecting
    case signingIn
    case online
    case waiting
    case stopped
  }

  let id: ID
  let state: State
  /// Why it is not online.
  let error: EngineError?
  /// When the next attempt comes, in milliseconds since 1970; 0: none comes.
  let retryTime: Int64
  let reason: String
  let nick: String
  let account: String?
  let network: String
  let host: String

  init(_ identity: OpaquePointer) {
    id = parley_identity_id(identity)
    state = State(rawValue: parley_identity_state(identity)) ?? .offline
    let result = parley_identity_result(identity)
    error = result < 0 ? EngineError(code: result) : nil
    retryTime = parley_identity_retry_time(identity)
    reason = parley_identity_reason(identity, nil).map { String(cString: $0) } ?? ""
    nick = parley_identity_nick(identity, nil).map { String(cString: $0) } ?? ""
    account = parley_identity_account(identity, nil).map { String(cString: $0) }
    network = parley_identity_network(identity, nil).map { String(cString: $0) } ?? ""
    host = parley_identity_host(identity, nil).map { String(cString: $0) } ?? ""
  }

  /// For people.
  var name: String { network.isEmpty ? host : network }

  /// Why it is not online, for people.
  var trouble: String { reason.isEmpty ? error?.text ?? "" : reason }
}

extension Engine {
  func identities() -> [Identity] {
    var page: OpaquePointer?
    guard parley_identities(handle, 0, &page) == 0, let page else { return [] }
    defer { parley_page_free(page) }
    return (0..<parley_page_count(page)).compactMap { parley_page_identity(page, $0).map(Identity.init) }
  }

  func addIdentity(link: String, nick: String) throws(EngineError) -> ID {
    let id = parley_identity_add(handle, link, nick)
    guard id > 0 else { throw EngineError(code: Int32(truncatingIfNeeded: id)) }
    return id
  }

  @discardableResult
  func removeIdentity(_ id: ID) -> Request { parley_identity_remove(handle, id) }

  @discardableResult
  func set(_ key: String, of identity: ID, to value: String) -> Request {
    parley_identity_set(handle, identity, key, value)
  }

  func value(_ key: String, of identity: ID) -> String? {
    readValue { parley_identity_get(handle, identity, key, $0, $1) }
  }

  /// Connects, or tries again at once.
  func connect(_ id: ID) { _ = parley_connect(handle, id) }

  /// Every identity looks at once whether its connection still leads anywhere.
  func networkChanged() { _ = parley_network_changed(handle) }

  func disconnect(_ id: ID) { _ = parley_disconnect(handle, id, nil) }

  func register(_ id: ID) -> Request { parley_register(handle, id, nil) }

  func away(_ id: ID, _ message: String?) -> Request { parley_away(handle, id, message) }

  func ignore(_ id: ID, _ nick: String, isIgnored: Bool) -> Request {
    parley_ignore(handle, id, nick, isIgnored ? 1 : 0)
  }

  func raw(_ id: ID, _ line: String) -> Request { parley_raw(handle, id, line) }

  func rooms(_ id: ID) -> Request { parley_rooms(handle, id, nil) }

  func supports(_ feature: String, _ id: ID) -> Bool { parley_supports(handle, id, feature) == 1 }

  /// - Parameter value: nil gives up what needed the answer.
  /// - Parameter keep: on this disk, for the next time.
  func answer(_ question: Request, _ value: String?, keep: Bool) {
    let keeping = Int32(keep ? PARLEY_KEEP_DISK : PARLEY_KEEP_NOTHING)
    _ = parley_answer(handle, question, value, value?.utf8.count ?? 0, keeping)
  }

  @discardableResult
  func set(_ key: String, to value: String?) -> Request { parley_set(handle, key, value) }

  func value(_ key: String) -> String? { readValue { parley_get(handle, key, $0, $1) } }
}
