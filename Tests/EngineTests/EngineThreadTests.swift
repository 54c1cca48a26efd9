import Foundation
import ParleyEngine
import Testing

/// An engine on its thread, with a real clock and real sockets.
@Suite("The engine's thread")
struct EngineThreadTests {
  private func until(seconds: Double = 10, _ isSo: () throws -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while Date() < deadline {
      if try isSo() { return }
      usleep(5_000)
    }
    Issue.record("it did not happen in \(seconds) s")
  }

  @Test("commands are carried out, and the end comes at once")
  func commands() throws {
    let engine = try Engine(Engine.Options())
    let requests = try (0..<100).map { try engine.submit(.setValue(key: "key", value: "\($0)")) }
    var done: [Int64] = []
    try until {
      while let event = engine.nextEvent() { if event.kind == .done { done.append(event.request) } }
      return done.count == requests.count
    }
    #expect(done == requests)
    #expect(try engine.value("key") == "99")
    let before = Date()
    engine.close()
    engine.close()
    #expect(Date().timeIntervalSince(before) < 2)
    #expect(throws: EngineError.closed) { try engine.submit(.setValue(key: "key", value: nil)) }
    #expect(throws: EngineError.closed) { try engine.submit(.networkChanged) }
  }

  @Test("events come in order again after one was put back")
  func putBack() throws {
    let engine = try Engine(Engine.Options())
    defer { engine.close() }
    let requests = try (0..<3).map { try engine.submit(.setValue(key: "key", value: "\($0)")) }
    try until { engine.waitingEvents == 3 }
    let first = try #require(engine.nextEvent())
    #expect(engine.waitingEvents == 2)
    engine.putBack(first)
    #expect(engine.waitingEvents == 3)
    #expect((0..<3).compactMap { _ in engine.nextEvent()?.request } == requests)
    // Alone in the queue, it is announced again.
    engine.putBack(first)
    var waiting = pollfd(fd: engine.descriptor, events: Int16(POLLIN), revents: 0)
    #expect(poll(&waiting, 1, 0) == 1)
    #expect(engine.nextEvent()?.request == first.request)
    #expect(poll(&waiting, 1, 0) == 0)
  }

  @Test("who waits for the next attempt makes it when the network has changed")
  func networkChanged() throws {
    var peer = Peer()
    let port = try #require(peer?.port)
    peer = nil
    let engine = try Engine(Engine.Options())
    defer { engine.close() }
    let identity = try engine.addIdentity(link: "irc://127.0.0.1:\(port)", nick: "alice")
    _ = try engine.submit(.connect(identity))
    var wait: Int64 = 0
    // Until the next attempt is seconds away.
    try until(seconds: 30) {
      let state = try engine.identities(identity).first
      wait = (state?.retryTime ?? 0) - Int64(Date().timeIntervalSince1970 * 1_000)
      return state?.state == .waiting && wait > 3_000
    }
    #expect(try engine.identities(identity).first?.reason == "127.0.0.1 isn't accepting connections.")
    let listening = try #require(Peer(port: port))
    _ = try engine.submit(.networkChanged)
    let before = Date()
    try until { listening.accepts() }
    #expect(Date().timeIntervalSince(before) * 1_000 < Double(wait))
  }
}
