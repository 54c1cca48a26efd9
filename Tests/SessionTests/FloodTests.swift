import IRC
import ParleySession
import Testing

@Suite("Flood control")
struct FloodTests {
  private func scene(_ software: String, caution: Int = 0) -> Scene {
    let scene = Scene(caution: caution)
    scene.start()
    scene.server(":s CAP * LS :", ":s 001 alice :Hi", ":s 004 alice s \(software) o o", ":s 376 alice :End")
    scene.forget()
    return scene
  }

  /// Sends lines as long as the session takes them; how many.
  private func fill(_ scene: Scene, size: Int) -> Int {
    var count = 0
    while count < 100, scene.session.takes(bytes: size) {
      count += 1
      scene.perform(
        .send(chat: "#room", kind: .text, text: String(repeating: "x", count: size), replyTo: "", counter: 0),
        tag: UInt64(count))
    }
    return count
  }

  @Test(
    "no more waits unread at a server than it allows",
    arguments: [
      ("2.11.2p3", 400, 1), ("2.11.2p3", 20, 4), ("hybrid-1:8.2.43", 400, 2), ("InspIRCd-3", 400, 4), ("what", 400, 1),
    ])
  func window(software: String, size: Int, expected: Int) {
    let scene = scene(software)
    #expect(fill(scene, size: size) == expected)
    #expect(scene.session.output.count <= 2_000)
  }

  @Test("an answer makes room, and a line that is longer than all of it is sent alone")
  func answers() {
    let scene = scene("2.11.2p3")
    #expect(fill(scene, size: 430) == 1)
    let ping = scene.said().last { $0.hasPrefix("PING ") } ?? ""
    scene.server(":s PONG s :\(ping.dropFirst(5))")
    #expect(fill(scene, size: 430) == 1)
  }

  @Test("Parley's server says itself when something is too much")
  func parley() { #expect(fill(Scene.ready(), size: 400) == 100) }

  @Test("after a connection that ended because of a flood there are pauses, too")
  func caution() {
    let scene = scene("InspIRCd-3", caution: 1)
    #expect(fill(scene, size: 20) == 1)
    #expect(scene.session.deadline == scene.now.adding(milliseconds: 1_000))
    scene.wait(seconds: 1)
    #expect(fill(scene, size: 20) == 1)
    #expect(ClientSession.isAboutFlood("Closing Link: alice (Excess Flood)"))
    #expect(!ClientSession.isAboutFlood("Ping timeout"))
  }
}
