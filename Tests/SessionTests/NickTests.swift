import ParleySession
import Testing

@Suite("Our nick")
struct NickTests {
  @Test("a taken nick gets a tail, then a number")
  func collisions() {
    let scene = Scene()
    scene.start()
    scene.forget()
    let tried = ["alice", "alice_", "alice__", "alice1", "alice2"]
    for nick in tried.dropLast() { scene.server(":s 433 * \(nick) :Nickname is already in use") }
    #expect(scene.said() == tried.dropFirst().map { "NICK \($0)" })
  }

  @Test("a server that takes nine letters only says so by 432")
  func shortNicks() {
    let scene = Scene(nick: "carolineanne")
    scene.start()
    scene.forget()
    scene.server(":s 432 * carolineanne :Nickname too long, max. 9 characters")
    #expect(scene.said() == ["NICK carolinea"])
    scene.server(":s 433 * carolinea :Nickname already in use")
    #expect(scene.said() == ["NICK caroline_"])
    scene.server(":s 433 * caroline_ :Nickname already in use")
    #expect(scene.said() == ["NICK carolin__"])
  }

  @Test("a server on which everything is taken is given up")
  func allTaken() {
    let scene = Scene()
    scene.start()
    for _ in 0..<101 { scene.server(":s 433 * x :Nickname is already in use") }
    #expect(scene.told() == [.refused(code: "433", reason: "Nickname is already in use", isPermanent: false)])
    #expect(scene.session.wantsClose)
  }

  private func renamed() -> Scene {
    let scene = Scene()
    scene.start()
    scene.server(":s CAP * LS :", ":s 433 * alice :In use")
    scene.welcome(nick: "alice_")
    scene.forget()
    return scene
  }

  @Test("the wanted nick is asked for again each minute, silently")
  func regainByTime() {
    let scene = renamed()
    #expect(scene.session.nick == "alice_")
    scene.wait(seconds: 59)
    #expect(scene.said() == [])
    scene.wait(seconds: 1)
    #expect(scene.said().contains("NICK alice"))
    scene.server(":s 433 alice_ alice :In use")
    #expect(scene.told() == [])
    scene.wait(seconds: 60)
    #expect(scene.said().contains("NICK alice"))
    scene.server(":alice_!a@h NICK alice")
    #expect(scene.told() == [.ownNickChanged("alice")])
    scene.server("PING x")
    scene.forget()
    scene.wait(seconds: 59)
    #expect(!scene.said().contains("NICK alice"))
  }

  @Test("a server that cuts nicks is asked for one that is short enough")
  func cutNick() {
    let scene = Scene(nick: "abcdefghijkl")
    scene.start()
    scene.forget()
    scene.server(":s CAP * LS :", ":s 433 * abcdefghi :In use")
    #expect(scene.said().contains("NICK abcdefgh_"))
    scene.server(":s 433 * abcdefgh_ :In use")
    #expect(scene.said() == ["NICK abcdefg__"])
  }

  @Test("the wanted nick is asked for when its holder goes", arguments: ["QUIT :bye", "NICK other"])
  func regainByEvent(line: String) {
    let scene = renamed()
    scene.server(":Alice!x@h \(line)")
    #expect(scene.said() == ["NICK alice"])
  }

  @Test("whoever chooses another nick does not get the old one back")
  func chosen() {
    let scene = renamed()
    scene.perform(.nick("carol"))
    #expect(scene.said() == ["NICK carol"])
    scene.server(":alice_!a@h NICK carol")
    #expect(scene.told() == [.ownNickChanged("carol"), .finished(tag: 1, .done)])
    scene.server(":alice!x@h QUIT :bye")
    scene.wait(seconds: 50)
    #expect(scene.said() == [])
  }

  @Test(
    "a nick that cannot be had",
    arguments: ["433 alice bob :In use", "432 alice bob :Bad nick", "438 alice :Too fast", "447 alice :Not in #room"])
  func refused(line: String) {
    let scene = Scene.plain()
    scene.perform(.nick("bob"))
    scene.server(":s \(line)")
    let code = String(line.prefix(3))
    let reason = String(line.split(separator: ":").last ?? "")
    #expect(scene.outcomes() == [.refused(code: code, reason: reason)])
  }

  @Test("the nick we have is no change; names that are none are not sent")
  func nothingToDo() {
    let scene = Scene.plain()
    scene.perform(.nick("alice"))
    scene.perform(.nick("two words"), tag: 2)
    scene.perform(.nick(""), tag: 3)
    #expect(scene.said() == [])
    #expect(scene.outcomes().first == .done)
  }

  @Test("a server that gives us another nick without a collision is not argued with")
  func given() {
    let scene = Scene()
    scene.start()
    scene.welcome(nick: "carol")
    scene.forget()
    scene.wait(seconds: 60)
    #expect(!scene.said().contains { $0.hasPrefix("NICK") })
  }

  @Test("the server may rename us at any time")
  func forced() {
    let scene = Scene.ready()
    scene.join(names: "@alice bob")
    scene.server(":alice!~a@h NICK Guest1")
    #expect(scene.session.nick == "Guest1")
    #expect(scene.session.members(of: "#room").map(\.nick) == ["Guest1", "bob"])
    #expect(scene.told().contains(.ownNickChanged("Guest1")))
  }
}
