import CParley
import ParleyTerminalKit

extension Engine {
  func chats(_ identity: Int64 = 0) -> [Chat] {
    (try? page({ parley_chats(handle, identity, $0) }, { parley_page_chat($0, $1).map { Chat($0) } })) ?? []
  }

  func chat(_ id: Int64) -> Chat? {
    (try? page({ parley_chat_page(handle, id, $0) }, { parley_page_chat($0, $1).map { Chat($0) } }))?.first
  }

  func openChat(_ identity: Int64, name: String) throws(Failure) -> Int64 {
    try Failure.check(parley_chat_open(handle, identity, try Self.checked(name) as String))
  }

  func removeChat(_ chat: Int64) throws(Failure) -> Int64 { try Failure.check(parley_chat_remove(handle, chat)) }

  func join(_ identity: Int64, room: String, key: String?) throws(Failure) -> Int64 {
    try Failure.check(parley_join(handle, identity, try Self.checked(room) as String, try Self.checked(key)))
  }

  func leave(_ chat: Int64, reason: String?) throws(Failure) -> Int64 {
    try Failure.check(parley_leave(handle, chat, try Self.checked(reason)))
  }

  func setTopic(_ chat: Int64, _ topic: String) throws(Failure) -> Int64 {
    try Failure.check(parley_topic(handle, chat, try Self.checked(topic) as String))
  }

  func invite(_ chat: Int64, nick: String) throws(Failure) -> Int64 {
    try Failure.check(parley_invite(handle, chat, try Self.checked(nick) as String))
  }

  func kick(_ chat: Int64, nick: String, reason: String?) throws(Failure) -> Int64 {
    try Failure.check(parley_kick(handle, chat, try Self.checked(nick) as String, try Self.checked(reason)))
  }

  /// - Parameter pattern: nil: all.
  func listRooms(_ identity: Int64, pattern: String?) throws(Failure) -> Int64 {
    try Failure.check(parley_rooms(handle, identity, try Self.checked(pattern)))
  }

  func ignore(_ identity: Int64, nick: String, isIgnored: Bool) throws(Failure) -> Int64 {
    try Failure.check(parley_ignore(handle, identity, try Self.checked(nick) as String, isIgnored ? 1 : 0))
  }

  /// - Returns: the request; its text has them, one a line.
  func listIgnored(_ identity: Int64) throws(Failure) -> Int64 {
    try Failure.check(parley_ignored(handle, identity))
  }

  func members(_ chat: Int64) -> [Member] {
    (try? page({ parley_members(handle, chat, $0) }, { parley_page_member($0, $1).map { Member($0) } })) ?? []
  }

  /// - Parameter state: 1 types, 2 has paused, 0 stopped.
  func typing(_ chat: Int64, _ state: Int32) { _ = parley_typing(handle, chat, state) }
}
