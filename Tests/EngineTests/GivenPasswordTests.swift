import ParleyEngine
import Testing

@Suite("A password for one run")
struct GivenPasswordTests {
  private func asks(_ performer: Performer) -> [Int32] {
    performer.events.filter { $0.kind == .ask }.map { Int32($0.result) }
  }

  @Test("it goes before the one that is kept, which stays when the server refuses it")
  func precedence() throws {
    let stage = try Stage()
    try stage.makeAccount("alice")
    let alice = try stage.engine("alice", password: "sesame")
    alice.connect()
    #expect(asks(alice) == [0])
    _ = try alice.heard()
    alice.act(.disconnect(alice.identity, reason: ""))
    alice.act(.setIdentity(alice.identity, key: "password", value: "not sesame"))
    alice.connect()
    stage.pass(seconds: 5)
    // The wrong one is refused, and the answer of the performer is right.
    #expect(asks(alice) == [Int32(EngineError.signIn.code)])
    #expect(alice.state?.state == .online)
    _ = try alice.heard()
    alice.act(.disconnect(alice.identity, reason: ""))
    alice.connect()
    #expect(asks(alice).isEmpty)
    #expect(alice.state?.state == .online)
  }

  @Test("nothing is asked when it is right, and it cannot be read")
  func right() throws {
    let stage = try Stage()
    try stage.makeAccount("alice")
    let alice = try stage.engine("alice")
    alice.act(.setIdentity(alice.identity, key: "password", value: "sesame"))
    #expect(alice.state?.settings["password"] == nil)
    alice.connect()
    #expect(asks(alice).isEmpty)
    #expect(alice.state?.account == "alice")
  }
}
