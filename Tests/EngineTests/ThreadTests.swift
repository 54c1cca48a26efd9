import ParleyCache
import ParleyEngine
import Testing

@Suite("Threads of the host")
struct ThreadTests {
  /// All events that wait.
  private func events(_ engine: Engine) -> [EngineEvent] {
    var events: [EngineEvent] = []
    while let event = engine.nextEvent() { events.append(event) }
    return events
  }

  @Test("a request has its caller's tag, once")
  func tags() throws {
    let engine = try Engine(Engine.Options())
    defer { engine.close() }
    engine.setTag(7)
    let first = try engine.submit(.setValue(key: "a", value: "1"), tag: engine.takeTag())
    let second = try engine.submit(.setValue(key: "a", value: "2"), tag: engine.takeTag())
    engine.waitForOwnCalls()
    let done = events(engine).filter { $0.kind == .done }
    #expect(done.map(\.request) == [first, second])
    #expect(done.map(\.tag) == [7, 0])
  }

  @Test("a thread sees what it has called")
  func ownCalls() throws {
    let engine = try Engine(Engine.Options())
    defer { engine.close() }
    let identity = try engine.addIdentity(link: "irc://127.0.0.1:1", nick: "alice")
    let chat = try engine.chat(named: "bob", identity: identity)
    for number in 1...100 {
      _ = try engine.submit(.send(chat: chat, kind: 1, text: "\(number)", replyTo: 0))
      engine.waitForOwnCalls()
      #expect(try engine.history(chat: chat, anchor: 0, before: 1, after: 0).last?.text == "\(number)")
      #expect(try engine.identities(identity).first?.pending == Int64(number))
    }
    _ = try engine.submit(.removeChat(chat))
    engine.waitForOwnCalls()
    #expect(throws: EngineError.noSuch) { try engine.chat(chat) }
  }

  @Test("after the end nothing is waited for")
  func afterTheEnd() throws {
    let engine = try Engine(Engine.Options())
    _ = try engine.submit(.setValue(key: "a", value: "1"))
    engine.close()
    engine.waitForOwnCalls()
  }
}
