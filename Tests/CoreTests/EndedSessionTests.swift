import IRC
import ParleyCore
import ParleyTesting
import Testing

/// A connection may end at any moment of what it has begun; nothing of it stays in memory.
@Suite("Ended sessions")
struct EndedSessionTests {
  private static let capabilities =
    "batch labeled-response message-tags draft/multiline draft/chathistory draft/metadata-2"

  private struct Scene {
    let world: World
    let client: Client
    weak var session: AnyObject?

    init() throws {
      world = try World { $0.connectionsPerMinute = 10_000 }
      let talker = world.account("talker")
      talker.send("JOIN #room")
      for number in 0..<50 { talker.send("PRIVMSG #room :\(number)") }
      for number in 0..<100 { world.guest("user\(number)") }
      client = world.guest("leaver", EndedSessionTests.capabilities)
      client.send("JOIN #room")
      session = world.core.session(of: client.id)
    }
  }

  @Test(
    "a session is freed whatever it had begun",
    arguments: [
      ["BATCH +1 draft/multiline #room"],
      ["BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :text"],
      ["@label=1 BATCH +1 draft/multiline #room", "@batch=1 PRIVMSG #room :text", "PRIVMSG #room :other"],
      ["BATCH +1 unknown"],
      ["AUTHENTICATE PLAIN"],
      ["AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE biwsbj10YWxrZXIscj1h"],
      ["WHO *", "LIST", "NAMES #room"],
      ["CHATHISTORY LATEST #room * 50", "CHATHISTORY BEFORE #room timestamp=2100-01-01T00:00:00.000Z 50"],
      ["METADATA * SUB avatar", "METADATA #room SYNC"],
      ["JOIN #other,#third", "PART #room", "TOPIC #other :topic"],
      ["REGISTER * * sesame"],
      ["NS IDENTIFY talker wrong"],
      ["NICK other", "NAMES #room", "MODE #room +m"],
    ], [false, true])
  func freed(lines: [String], isStalled: Bool) throws {
    let scene = try Scene()
    // Either what it is sent waits for it, or what it says for the disk.
    scene.client.sink.isStalled = isStalled
    scene.world.isDiskHeld = !isStalled
    scene.client.send(lines)
    #expect(scene.session != nil)
    scene.client.drop()
    scene.world.isDiskHeld = false
    scene.world.pass(seconds: 200)
    #expect(scene.session == nil)
  }

  @Test("a core that has ended is freed, whatever still waits in it")
  func core() throws {
    weak var core: Core?
    do {
      let scene = try Scene()
      core = scene.world.core
      scene.client.send((0..<400).map { _ in "WHO *x?y*" } + ["BATCH +1 draft/multiline #room"])
      scene.world.guest("stalled").sink.isStalled = true
      scene.world.isDiskHeld = true
      scene.world.guest("talker2").send("JOIN #room", "PRIVMSG #room :hello", "PING end")
      scene.world.core.dropWaiting()
    }
    #expect(core == nil)
  }
}
