import IRC
import ParleySession
import Testing

@Suite("Time")
struct TimeTests {
  @Test("a silent server is asked after a minute and given up twenty seconds later")
  func silence() {
    let scene = Scene.ready()
    #expect(scene.session.deadline == scene.now.adding(milliseconds: 60_000))
    scene.wait(seconds: 59)
    #expect(scene.said() == [])
    scene.wait(seconds: 1)
    #expect(scene.said().first?.hasPrefix("PING ") == true)
    #expect(scene.session.deadline == scene.now.adding(milliseconds: 20_000))
    scene.wait(seconds: 20)
    #expect(scene.told() == [.refused(code: "", reason: "Ping timeout", isPermanent: false)])
    #expect(scene.session.wantsClose)
  }

  @Test("a network that is dead while an answer is waited for is noticed within twenty seconds")
  func silenceWhileWaiting() {
    let scene = Scene.ready()
    scene.wait(seconds: 30)
    scene.perform(.join(room: "#x", key: nil))
    scene.forget()
    scene.wait(milliseconds: 7_999)
    #expect(scene.said() == [])
    scene.wait(milliseconds: 1)
    #expect(scene.said().first?.hasPrefix("PING ") == true)
    scene.wait(seconds: 10)
    #expect(scene.told().contains(.refused(code: "", reason: "Ping timeout", isPermanent: false)))
  }

  @Test("a host that says that the network has changed learns soon whether the connection stands")
  func probe() {
    let scene = Scene.ready()
    scene.session.probe(now: scene.now)
    #expect(scene.said().first?.hasPrefix("PING ") == true)
    scene.server(":s PONG s :x")
    scene.wait(seconds: 5)
    #expect(scene.told() == [])
    scene.session.probe(now: scene.now)
    scene.wait(seconds: 5)
    #expect(scene.told() == [.refused(code: "", reason: "Ping timeout", isPermanent: false)])
  }

  @Test("anything the server says is a sign of life")
  func alive() {
    let scene = Scene.ready()
    scene.wait(seconds: 60)
    scene.forget()
    scene.server(":s PONG s :whatever")
    scene.wait(seconds: 59)
    #expect(!scene.session.wantsClose)
    #expect(scene.said() == [])
  }

  @Test("a host that says so again and again does not put the end off, and anything heard is a sign of life")
  func probes() {
    let scene = Scene.ready()
    scene.wait(seconds: 5)
    scene.session.probe(now: scene.now)
    scene.session.probe(now: scene.now)
    let said = scene.said()
    #expect(said.count == 1 && said.first?.hasPrefix("PING ") == true)
    scene.server(":irc.test NOTICE alice :still here")
    scene.wait(seconds: 30)
    #expect(!scene.session.wantsClose)
    for _ in 0..<5 {
      scene.session.probe(now: scene.now)
      scene.wait(seconds: 1)
    }
    #expect(scene.session.wantsClose)
  }

  @Test("a clock that jumps back does no harm")
  func backwards() {
    let scene = Scene.ready()
    scene.wait(seconds: -3_600)
    scene.perform(.join(room: "#x", key: nil))
    scene.server("PING x")
    #expect(scene.said().contains("PONG x"))
    scene.wait(milliseconds: .min / 2)
    scene.wait(milliseconds: .max / 2)
    #expect(scene.session.wantsClose || scene.session.deadline != nil)
  }

  // MARK: Typing

  private func typing(_ scene: Scene, _ state: TypingState, in chat: String = "#room") -> [String] {
    scene.session.typing(chat: chat, state, now: scene.now)
    return scene.said()
  }

  @Test("typing is told at most each three seconds for a chat")
  func throttle() {
    let scene = Scene.ready()
    #expect(typing(scene, .active) == ["@+typing=active TAGMSG #room"])
    #expect(typing(scene, .active) == [])
    #expect(typing(scene, .active, in: "bob") == ["@+typing=active TAGMSG bob"])
    scene.wait(milliseconds: 2_999)
    #expect(typing(scene, .active) == [])
    scene.wait(milliseconds: 1)
    #expect(typing(scene, .active) == ["@+typing=active TAGMSG #room"])
  }

  @Test("an end that comes too soon waits; one that nobody needs to know is not told")
  func done() {
    let scene = Scene.ready()
    #expect(typing(scene, .done) == [])
    #expect(typing(scene, .active).count == 1)
    #expect(typing(scene, .done) == [])
    #expect(scene.session.deadline == scene.now.adding(milliseconds: 3_000))
    scene.wait(seconds: 3)
    #expect(scene.said() == ["@+typing=done TAGMSG #room"])
    scene.wait(seconds: 3)
    #expect(typing(scene, .done) == [])
    #expect(typing(scene, .active).count == 1)
    scene.wait(seconds: 3)
    #expect(typing(scene, .paused) == ["@+typing=paused TAGMSG #room"])
  }

  @Test("a message ends typing by itself")
  func said() {
    let scene = Scene.ready()
    _ = typing(scene, .active)
    _ = typing(scene, .paused)
    scene.perform(.send(chat: "#room", kind: .text, text: "x", replyTo: "", counter: 0))
    scene.forget()
    scene.wait(seconds: 5)
    #expect(scene.said() == [])
  }

  @Test("nothing is told where it is not supported, or before the session is ready")
  func unsupported() {
    #expect(typing(Scene.plain(), .active) == [])
    #expect(typing(Scene.ready(isupport: "CLIENTTAGDENY=*"), .active) == [])
    #expect(typing(Scene(), .active) == [])
    let scene = Scene.ready()
    #expect(typing(scene, .active, in: "a,b") == [])
    #expect(typing(scene, .active, in: "alice") == [])
  }

  @Test("an error about nothing but our typing is not shown; others are")
  func unheard() {
    let scene = Scene.ready()
    _ = typing(scene, .active, in: "bob")
    scene.server(":s 401 alice bob :No such nick", ":s 401 alice carol :No such nick")
    #expect(scene.told() == [.serverSaid("carol No such nick")])
  }

  @Test("typing in many chats keeps bounded memory")
  func manyChats() {
    let scene = Scene.ready()
    for number in 0..<200 { #expect(typing(scene, .active, in: "n\(number)").count == 1) }
    for number in 0..<200 { _ = typing(scene, .done, in: "n\(number)") }
    scene.wait(seconds: 3)
    #expect(scene.said().count <= 64)
  }
}
