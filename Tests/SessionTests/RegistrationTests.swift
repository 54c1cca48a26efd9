import IRC
import ParleySession
import Testing

@Suite("Registration")
struct RegistrationTests {
  @Test("the first lines ask for capabilities and say who we are")
  func opening() {
    let scene = Scene()
    scene.start()
    #expect(scene.said() == ["CAP LS 302", "NICK alice", "USER Alice 0 * :Alice A."])
    #expect(!scene.session.isReady)
  }

  @Test("a server's password comes before everything else")
  func serverPassword() {
    let scene = Scene(serverPassword: "alice/net:sesame and more")
    scene.start()
    #expect(
      scene.said() == [
        "PASS :alice/net:sesame and more", "CAP LS 302", "NICK alice", "USER Alice 0 * :Alice A.",
      ])
  }

  @Test("lists of several lines are put together, and what is of use is asked for")
  func severalLines() {
    let scene = Scene()
    scene.start()
    scene.forget()
    scene.server(":s CAP * LS * :server-time batch example.org/other")
    #expect(scene.said() == [])
    scene.server(":s CAP * LS :message-tags=x labeled-response sts=port=6697")
    #expect(scene.said() == ["CAP REQ :batch labeled-response message-tags server-time"])
    scene.server(":s CAP alice ACK :batch labeled-response message-tags server-time")
    #expect(scene.said() == ["CAP END"])
  }

  @Test("requests are cut into lines that fit")
  func longRequest() {
    let scene = Scene()
    scene.start()
    scene.forget()
    scene.server(":s CAP * LS :\(Scene.everything)")
    let lines = scene.said()
    #expect(lines.count >= 1)
    #expect(lines.allSatisfy { $0.utf8.count < 500 && $0.hasPrefix("CAP REQ ") })
    let asked = lines.flatMap { $0.dropFirst(9).split(separator: " ").map(String.init) }
    #expect(Set(asked) == Set(Scene.everything.split(separator: " ").map { String($0.prefix { $0 != "=" }) }))
  }

  @Test("what is refused together is asked for one by one")
  func nak() {
    let scene = Scene()
    scene.start()
    scene.forget()
    scene.server(":s CAP * LS :batch server-time")
    scene.forget()
    scene.server(":s CAP * NAK :batch server-time")
    #expect(scene.said() == ["CAP REQ batch", "CAP REQ server-time"])
    scene.server(":s CAP * NAK :batch", ":s CAP * ACK :server-time")
    #expect(scene.said() == ["CAP END"])
  }

  @Test("without batches there are neither labels nor history")
  func dependencies() {
    let scene = Scene()
    scene.start()
    scene.forget()
    scene.server(":s CAP * LS :labeled-response draft/chathistory server-time")
    #expect(scene.said() == ["CAP REQ server-time"])
  }

  @Test("a server without capabilities to offer, by an empty list")
  func emptyList() {
    let scene = Scene()
    scene.start()
    scene.forget()
    scene.server(":s CAP * LS :")
    #expect(scene.said() == ["CAP END"])
  }

  @Test(
    "a server that does not know CAP",
    arguments: [":s 421 * CAP :Unknown command", ":s 451 * :Register first", ":s NOTICE AUTH :Hello"])
  func noCAP(line: String) {
    let scene = Scene()
    scene.start()
    scene.server(line)
    scene.welcome()
    #expect(scene.session.isReady)
    #expect(scene.told().contains(.ready))
  }

  @Test("ready is told after the MOTD, or after 422, or when the server forgets it")
  func motd() {
    let scene = Scene()
    scene.start()
    scene.server(":s CAP * LS :", ":s 001 alice :Hi", ":s 375 alice :- MOTD", ":s 372 alice :- text")
    #expect(!scene.session.isReady)
    scene.server(":s 376 alice :End")
    #expect(scene.session.isReady)

    let other = Scene()
    other.start()
    other.server(":s 001 alice :Hi", ":s 422 alice :None")
    #expect(other.session.isReady)

    let forgetful = Scene()
    forgetful.start()
    forgetful.server(":s 001 alice :Hi")
    forgetful.wait(seconds: 20)
    #expect(forgetful.session.isReady)
  }

  @Test("what the server says is for its own chat, in order")
  func welcomeLines() {
    let scene = Scene()
    scene.start()
    scene.server(
      ":s CAP * LS :", ":s NOTICE * :Looking up your host", ":s 001 alice :Hi", ":s 372 alice :- text",
      ":s 376 alice :End")
    #expect(
      scene.told() == [
        .serverSaid("Looking up your host"), .serverSaid("Hi"), .serverSaid("- text"), .ready,
      ])
  }

  @Test("the server's idea of our nick counts, and its name for the network is told")
  func nickAndNetwork() {
    let scene = Scene(nick: "alicewithalongname")
    scene.start()
    scene.welcome(nick: "alicewith")
    #expect(scene.session.nick == "alicewith")
    #expect(scene.session.networkName == "Test")
    #expect(scene.session.fold("ABC[]") == "abc[]")
    #expect(scene.session.isRoom("#x") && !scene.session.isRoom("&x") && !scene.session.isRoom(""))
  }

  @Test("an away message of before is set again")
  func away() {
    let scene = Scene(away: "lunch time")
    scene.start()
    scene.forget()
    scene.server(":s CAP * LS :")
    scene.forget()
    scene.welcome()
    #expect(scene.said() == ["AWAY :lunch time"])
  }

  @Test("PING is answered while registering")
  func ping() {
    let scene = Scene()
    scene.start()
    scene.forget()
    scene.server("PING :1234")
    #expect(scene.said() == ["PONG 1234"])
  }

  @Test("registration takes a minute at most")
  func tooSlow() {
    let scene = Scene()
    scene.start()
    scene.wait(seconds: 59)
    #expect(!scene.session.wantsClose)
    scene.wait(seconds: 1)
    #expect(scene.session.wantsClose)
    #expect(scene.told() == [.refused(code: "", reason: "Registration timed out", isPermanent: false)])
    #expect(scene.session.deadline == nil)
  }

  @Test(
    "servers that will not have us",
    arguments: [
      (":s 465 alice :You are banned", "465", "You are banned", true),
      (":s 464 alice :Password incorrect", "464", "Password incorrect", true),
      (":s 463 alice :Your host is not allowed", "463", "Your host is not allowed", false),
      ("ERROR :Closing Link: too many connections", "ERROR", "Closing Link: too many connections", false),
      (":s 432 alice alice :Reserved", "432", "Reserved", true),
      ("FAIL * ACCOUNT_REQUIRED :Sign in first", "ACCOUNT_REQUIRED", "Sign in first", true),
    ])
  func refused(line: String, code: String, reason: String, isPermanent: Bool) {
    let scene = Scene()
    scene.start()
    scene.server(line, "ERROR :and again")
    #expect(scene.told() == [.refused(code: code, reason: reason, isPermanent: isPermanent)])
    #expect(scene.session.wantsClose)
  }

  @Test("a ban and a kill end a session that is ready; wrong operator passwords do not")
  func refusedLater() {
    let scene = Scene.ready()
    scene.server(":s 464 alice :Password incorrect")
    #expect(scene.told() == [.serverSaid("Password incorrect")])
    scene.server(":oper!o@h KILL bob :spam")
    #expect(scene.told() == [])
    scene.server(":oper!o@h KILL alice :spam", "ERROR :Killed")
    #expect(scene.told() == [.refused(code: "KILL", reason: "spam", isPermanent: false)])
    #expect(scene.session.wantsClose)
  }

  @Test("capabilities come and go")
  func newAndDel() {
    let scene = Scene.ready(caps: "batch server-time cap-notify")
    #expect(!scene.session.supports(.history))
    scene.server(":s CAP alice NEW :draft/chathistory echo-message example.org/x")
    #expect(scene.said() == ["CAP REQ :echo-message draft/chathistory"])
    scene.server(":s CAP alice ACK :echo-message draft/chathistory")
    #expect(scene.told() == [.supportChanged])
    #expect(scene.session.supports(.history) && scene.session.supports(.echo))
    scene.server(":s CAP alice DEL :echo-message")
    #expect(scene.told() == [.supportChanged])
    #expect(!scene.session.supports(.echo))
  }

  @Test("what is asked for is not asked for again before the answer")
  func repeatedNew() {
    let scene = Scene.ready(caps: "server-time cap-notify")
    for _ in 0..<100 { scene.server(":s CAP alice NEW :batch") }
    #expect(scene.said() == ["CAP REQ batch"])
    scene.server(":s CAP alice NEW :batch labeled-response")
    #expect(scene.said() == ["CAP REQ labeled-response"])
    scene.server(":s CAP alice ACK :batch", ":s CAP alice DEL :batch", ":s CAP alice NEW :batch")
    #expect(scene.said() == ["CAP REQ batch"])
  }

  @Test("every feature is what the server offers")
  func features() {
    let all = Scene.ready(caps: Scene.everything + " sasl=PLAIN")
    let expected: [Feature] = [
      .accounts, .registration, .history, .keys, .echo, .replies, .reactions, .typing, .redaction, .editing,
      .markers, .lines, .ignoring,
    ]
    #expect(Feature.allCases.filter(all.session.supports) == expected)
    #expect(Feature.allCases.filter(Scene.plain(isupport: "").session.supports) == [])
    let denied = Scene.ready(isupport: "CLIENTTAGDENY=*,-draft/reply")
    #expect(
      denied.session.supports(.replies) && !denied.session.supports(.typing) && !denied.session.supports(.reactions))
    let some = Scene.ready(isupport: "CLIENTTAGDENY=typing")
    #expect(!some.session.supports(.typing) && some.session.supports(.reactions))
  }

  @Test("lines as they go and come, without those that carry secrets")
  func rawLines() {
    let scene = Scene.ready { $0.session.wantsRawLines = true }
    scene.server(":s PONG s :x")
    scene.perform(.raw("WHOIS bob"))
    scene.perform(.raw("OPER alice secret"))
    scene.perform(.raw("PRIVMSG NickServ :IDENTIFY secret"))
    scene.server(":s AUTHENTICATE abc")
    let lines = scene.told().filter { if case .line = $0 { true } else { false } }
    #expect(lines == [.line(":s PONG s :x", isOutgoing: false), .line("WHOIS bob", isOutgoing: true)])
  }

  @Test("QUIT, and nothing is told of the ERROR that answers it")
  func quit() {
    let scene = Scene.ready()
    scene.quit("Good bye")
    #expect(scene.said() == ["QUIT :Good bye"])
    #expect(scene.session.wantsClose)
    scene.server("ERROR :Closing Link")
    scene.perform(.join(room: "#x", key: nil))
    #expect(scene.told() == [.finished(tag: 1, .lost)])
  }
}
