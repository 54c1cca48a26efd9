import CParley
import ParleyTerminalKit

extension Engine {
  func identities() -> [Identity] {
    (try? page({ parley_identities(handle, 0, $0) }, { parley_page_identity($0, $1).map { Identity($0) } })) ?? []
  }

  func addIdentity(link: String, nick: String) throws(Failure) -> Int64 {
    try Failure.check(parley_identity_add(handle, try Self.checked(link) as String, try Self.checked(nick) as String))
  }

  /// Forgets it with all its chats and messages.
  func removeIdentity(_ identity: Int64) throws(Failure) -> Int64 {
    try Failure.check(parley_identity_remove(handle, identity))
  }

  func connect(_ identity: Int64) throws(Failure) { _ = try Failure.check(parley_connect(handle, identity)) }

  func disconnect(_ identity: Int64, reason: String?) throws(Failure) {
    _ = try Failure.check(parley_disconnect(handle, identity, try Self.checked(reason)))
  }

  func supports(_ identity: Int64, _ feature: String) -> Bool { parley_supports(handle, identity, feature) == 1 }

  func register(_ identity: Int64, email: String?) throws(Failure) -> Int64 {
    try Failure.check(parley_register(handle, identity, try Self.checked(email)))
  }

  func verify(_ identity: Int64, code: String) throws(Failure) -> Int64 {
    try Failure.check(parley_verify(handle, identity, try Self.checked(code) as String))
  }

  func away(_ identity: Int64, _ message: String?) throws(Failure) -> Int64 {
    try Failure.check(parley_away(handle, identity, try Self.checked(message)))
  }

  func raw(_ identity: Int64, _ line: String) throws(Failure) -> Int64 {
    try Failure.check(parley_raw(handle, identity, try Self.checked(line) as String))
  }

  /// - Parameter value: nil: no answer; what needed it is given up.
  func answer(_ question: Int64, _ value: String?, keep: Int) throws(Failure) {
    _ = try Failure.check(parley_answer(handle, question, value, value?.utf8.count ?? 0, Int32(keep)))
  }
}
