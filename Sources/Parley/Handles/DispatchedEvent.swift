import ParleyEngine

/// An event while its callbacks run, and what hangs on it. Rows of the chat and the identity are read when they are asked for.
final class DispatchedEvent: Sendable {
  private struct Lent {
    var serials: [UInt64] = []
    /// The chat and the identity, once they were asked for.
    var rows: [Handle.Kind: UInt64] = [:]
    var isOver = false
  }

  let event: EngineEvent
  let strings: Strings
  let nick: Text
  let code: Text
  let text: Text
  /// Handles; nil: it has none.
  let message: Handle?
  let rooms: Handle?
  private let engine: Engine
  private let lent: Locked<Lent>

  init(_ event: EngineEvent, message: Sheet?, engine: Engine) {
    self.event = event
    self.engine = engine
    var strings = Strings.Builder()
    nick = strings.add(event.nick)
    code = strings.add(event.code)
    text = strings.add(event.text)
    self.strings = Strings(strings)
    var serials: [UInt64] = []
    func lend(_ sheet: Sheet?, _ kind: Handle.Kind) -> Handle? {
      guard let sheet else { return nil }
      let serial = Registry.shared.hold(.borrowed(sheet))
      serials.append(serial)
      return Handle(kind, serial)
    }
    self.message = lend(message, .message)
    rooms = lend(event.rooms.map { Sheet(rooms: $0) }, .page)
    lent = Locked(Lent(serials: serials))
  }

  /// The chat as it is now.
  var chat: Handle? {
    guard event.chat != 0 else { return nil }
    return lend(.chat) { (try? engine.chat(event.chat)).map { Sheet(chats: [$0]) } }
  }

  /// The identity as it is now.
  var identity: Handle? {
    guard event.identity != 0 else { return nil }
    return lend(.identity) {
      guard let found = try? engine.identities(event.identity), !found.isEmpty else { return nil }
      return Sheet(identities: found)
    }
  }

  private func lend(_ kind: Handle.Kind, read: () -> Sheet?) -> Handle? {
    if let serial = lent.withLock({ $0.isOver ? nil : $0.rows[kind] }) { return Handle(kind, serial) }
    guard let sheet = read() else { return nil }
    let serial = Registry.shared.hold(.borrowed(sheet))
    // Another thread may have been faster, or the callback has returned meanwhile.
    let kept: UInt64? = lent.withLock { lent in
      guard !lent.isOver else { return nil }
      if let first = lent.rows[kind] { return first }
      lent.rows[kind] = serial
      lent.serials.append(serial)
      return serial
    }
    if kept != serial { Registry.shared.release([serial]) }
    return kept.map { Handle(kind, $0) }
  }

  /// Takes back what was lent.
  func end() {
    let serials = lent.withLock { lent in
      lent.isOver = true
      defer { lent.serials = [] }
      return lent.serials
    }
    Registry.shared.release(serials)
  }
}
