import IRC
import ParleySession
import Testing

@Suite("Rooms")
struct RoomTests {
  @Test("joining: ourselves, the topic, the members once they are complete")
  func joining() {
    let scene = Scene.ready(caps: "extended-join multi-prefix userhost-in-names")
    scene.server(
      ":alice!a@h JOIN #Room acc :Alice A.", ":s 332 alice #room :The topic", ":s 333 alice #room bob 1795345200",
      ":s 353 alice = #room :~@alice!a@h +bob!b@h")
    #expect(
      scene.told() == [
        .room(
          RoomEvent(
            kind: .joined, room: "#Room", nick: "alice", account: "acc",
            position: Position(networkID: "", time: scene.now, sequence: 0), concernsUs: true)),
        .topicIs(room: "#Room", "The topic"),
      ])
    scene.server(":s 353 alice = #room :carol!c@h @dave!d@h")
    #expect(scene.told() == [])
    scene.server(":s 366 alice #room :End")
    #expect(scene.told() == [.membersChanged(room: "#Room")])
    #expect(scene.session.joinedRooms == ["#Room"])
    #expect(scene.session.memberCount(of: "#ROOM") == 4)
    #expect(scene.session.members(of: "#room").map { $0.roles + $0.nick } == ["~@alice", "@dave", "+bob", "carol"])
    #expect(scene.session.members(of: "#room").first?.account == "acc")
  }

  @Test("coming and going, with accounts, reasons and places")
  func changes() {
    let scene = Scene.ready()
    scene.join(names: "@alice bob")
    scene.server(
      "@msgid=j;time=2026-11-22T11:00:00.000Z :carol!c@h JOIN #room cc :Carol", ":dave!d@h JOIN #room * :Dave",
      ":bob!b@h PART #room :bye all", ":carol!c@h QUIT :Quit: gone", ":alice!a@h KICK #room dave :out",
      ":eve!e@h PART #room")
    let events = scene.told()
    let rooms = events.compactMap { if case .room(let event) = $0 { event } else { nil } }
    #expect(rooms.map(\.kind) == [.joined, .joined, .left, .left, .kicked])
    #expect(rooms.map(\.nick) == ["carol", "dave", "bob", "carol", "alice"])
    #expect(rooms.map(\.text) == ["", "", "bye all", "Quit: gone", "out"])
    #expect(rooms.map(\.target) == ["", "", "", "", "dave"])
    #expect(rooms.map(\.account) == ["cc", nil, nil, nil, nil])
    #expect(rooms.allSatisfy { !$0.concernsUs })
    #expect(rooms.first?.position == place("j"))
    #expect(events.last == .membersChanged(room: "#room"))
    #expect(events.filter { $0 == .membersChanged(room: "#room") }.count == 1)
    #expect(scene.session.members(of: "#room").map(\.nick) == ["alice"])
  }

  @Test("people in several rooms: one event for each")
  func severalRooms() {
    let scene = Scene.ready()
    scene.join("#a", names: "alice bob")
    scene.join("#b", names: "alice @bob")
    scene.join("#c", names: "alice")
    scene.server(":bob!b@h NICK rob")
    let renamed = scene.told()
    #expect(
      renamed.compactMap {
        if case .room(let event) = $0 { "\(event.room) \(event.nick) \(event.target)" } else { nil }
      }
        == ["#a bob rob", "#b bob rob"])
    #expect(scene.session.members(of: "#b").first.map { $0.roles + $0.nick } == "@rob")
    scene.server(":rob!b@h QUIT")
    #expect(scene.roomEvents().map(\.room) == ["#a", "#b"])
  }

  @Test(
    "leaving, and being thrown out: the room is forgotten",
    arguments: ["alice!a@h PART #room", "bob!b@h KICK #room alice :no"])
  func ourEnd(line: String) {
    let scene = Scene.ready()
    scene.join(names: "@alice bob")
    scene.server(":\(line)")
    let events = scene.told()
    #expect(events.count == 1)
    guard case .room(let event)? = events.first else {
      Issue.record("nothing was told")
      return
    }
    #expect(event.room == "#room" && event.concernsUs)
    #expect(scene.session.joinedRooms == [] && scene.session.memberCount(of: "#room") == 0)
  }

  @Test("a room that the server takes us to is told like any other")
  func uninvited() {
    let scene = Scene.ready()
    scene.server(":alice!a@h JOIN #lobby * :Alice A.")
    #expect(scene.roomEvents().map(\.concernsUs) == [true])
    #expect(scene.session.joinedRooms == ["#lobby"])
  }

  @Test("topics that are set, and roles that are given and taken")
  func topicAndModes() {
    let scene = Scene.ready()
    scene.join(names: "@alice bob carol")
    scene.server(
      ":alice!a@h TOPIC #room :New topic", ":alice!a@h MODE #room +vo-v+kl bob bob carol secret 5",
      ":s MODE #room -o alice",
      ":alice MODE alice +i", ":s 331 alice #room :No topic is set", ":s 324 alice #room +nt")
    let events = scene.told()
    let rooms = events.compactMap { if case .room(let event) = $0 { event } else { nil } }
    #expect(rooms.map(\.kind) == [.topic, .mode, .mode])
    #expect(rooms.map(\.text) == ["New topic", "+vo-v+kl bob bob carol secret 5", "-o alice"])
    #expect(rooms.map(\.concernsUs) == [true, true, true])
    #expect(events.contains(.topicIs(room: "#room", "")))
    #expect(scene.session.members(of: "#room").map { $0.roles + $0.nick } == ["@+bob", "alice", "carol"])
  }

  @Test("invitations: to us, of others, and to rooms that are not ours")
  func invitations() {
    let scene = Scene.ready()
    scene.join()
    scene.server(
      ":bob!b@h INVITE alice #new", ":bob!b@h INVITE carol #room", ":bob!b@h INVITE carol #elsewhere",
      ":bob!b@h INVITE alice bob")
    let events = scene.roomEvents()
    #expect(
      events.map { "\($0.nick) \($0.target) \($0.room) \($0.concernsUs)" } == [
        "bob alice #new true", "bob carol #room false",
      ])
    #expect(events.allSatisfy { $0.kind == .invited })
  }

  @Test("accounts and absence, as they change")
  func people() {
    let scene = Scene.ready()
    scene.join(names: "@alice bob")
    scene.server(":bob!b@h AWAY :gone", ":bob!b@h ACCOUNT bb", ":bob!b@h CHGHOST u h", ":bob!b@h SETNAME :B")
    #expect(scene.told() == [.membersChanged(room: "#room")])
    #expect(scene.session.members(of: "#room").last == RoomMember(nick: "bob", account: "bb", roles: "", isAway: true))
    scene.server(":bob!b@h AWAY", ":bob!b@h ACCOUNT *")
    #expect(scene.session.members(of: "#room").last == RoomMember(nick: "bob", account: nil, roles: "", isAway: false))
  }

  @Test("who is away and who has which account is asked once, room by room")
  func who() {
    let scene = Scene.ready(caps: "away-notify", isupport: Scene.isupport + " WHOX")
    scene.server(
      ":alice!a@h JOIN #a", ":s 353 alice = #a :alice bob", ":s 366 alice #a :End", ":alice!a@h JOIN #b",
      ":s 353 alice = #b :alice", ":s 366 alice #b :End")
    #expect(scene.said() == ["WHO #a %tcnfa,152"])
    scene.forget()
    scene.server(":s 354 alice 152 #a bob G@ bb", ":s 354 alice 152 #a alice H 0", ":s 315 alice #a :End")
    #expect(scene.told() == [.membersChanged(room: "#a")])
    #expect(scene.session.members(of: "#a").last == RoomMember(nick: "bob", account: "bb", roles: "", isAway: true))
    #expect(scene.said() == ["WHO #b %tcnfa,152"])
    scene.server(":s 315 alice #b :End")
    scene.wait(seconds: 50)
    #expect(scene.said() == [])
  }

  @Test("WHO of servers without WHOX")
  func plainWho() {
    let scene = Scene.ready(caps: "away-notify")
    scene.server(":alice!a@h JOIN #a", ":s 353 alice = #a :alice bob", ":s 366 alice #a :End")
    #expect(scene.said() == ["WHO #a"])
    scene.server(":s 352 alice #a b h s bob G@ :0 Bob", ":s 315 alice #a :End")
    #expect(scene.session.members(of: "#a").last?.isAway == true)
  }

  @Test("a second list of names replaces the first, without those who are gone")
  func namesAgain() {
    let scene = Scene.ready()
    scene.join(names: "@alice bob carol")
    scene.server(":bob!b@h AWAY :x", ":s 353 alice = #room :alice +bob")
    scene.server(":dave!d@h JOIN #room * :D", ":carol!c@h PART #room")
    scene.server(":s 366 alice #room :End")
    #expect(scene.session.members(of: "#room").map { $0.roles + $0.nick } == ["+bob", "alice", "dave"])
    #expect(scene.session.members(of: "#room").first?.isAway == true)
  }

  @Test("names fold as the network says, also when it says so late")
  func folding() {
    let scene = Scene.ready(caps: "", isupport: "CHANTYPES=#")
    scene.join("#a[b]", names: "alice x[y]")
    #expect(scene.session.memberCount(of: "#A{B}") == 2)
    scene.server(":s 005 alice CASEMAPPING=ascii :are supported")
    #expect(scene.session.memberCount(of: "#A{B}") == 0 && scene.session.memberCount(of: "#A[B]") == 2)
    scene.server(":x{y}!x@h QUIT", ":X[Y]!x@h QUIT")
    #expect(scene.roomEvents().count == 1)
  }

  @Test("without PREFIX in 005, and with another one")
  func prefixes() {
    let scene = Scene.ready(caps: "", isupport: "PREFIX=(Yov)!@+ CHANMODES=b,k,l,n")
    scene.join(names: "!@alice +bob")
    scene.server(":alice!a@h MODE #room +Y bob")
    #expect(scene.session.members(of: "#room").map { $0.roles + $0.nick } == ["!@alice", "!+bob"])
    let none = Scene.ready(caps: "", isupport: "PREFIX=")
    none.join(names: "alice bob")
    none.server(":alice!a@h MODE #room +o bob")
    #expect(none.session.members(of: "#room").map { $0.roles + $0.nick } == ["alice", "bob"])
  }

  // MARK: Hostile servers

  @Test("members are counted, and only so many are kept")
  func tooManyMembers() {
    let scene = Scene.plain()
    scene.server(":alice!a@h JOIN #room")
    for start in stride(from: 0, to: 210_000, by: 1_000) {
      scene.server(":s 353 alice = #room :" + (start..<(start + 1_000)).map { "n\($0)" }.joined(separator: " "))
    }
    scene.server(":s 366 alice #room :End")
    #expect((199_000...200_000).contains(scene.session.memberCount(of: "#room")))
    scene.server(":alice!a@h PART #room")
    scene.join("#other", names: "alice bob")
    #expect(scene.session.memberCount(of: "#other") == 2)
  }

  @Test("rooms are counted as well")
  func tooManyRooms() {
    let scene = Scene.plain()
    for number in 0..<5_000 { scene.server(":alice!a@h JOIN #r\(number)") }
    #expect(scene.session.joinedRooms.count == 4_096)
  }

  @Test("somebody in every room who changes nicks without end fills no memory with events")
  func amplification() {
    let scene = Scene.plain()
    for number in 0..<200 { scene.server(":alice!a@h JOIN #r\(number)", ":bob!b@h JOIN #r\(number)") }
    scene.forget()
    var lines = ""
    for number in 0..<500 { lines += ":bob\(number == 0 ? "" : "\(number - 1)") NICK bob\(number)\r\n" }
    scene.bytes(Array(lines.utf8))
    #expect(scene.session.events.count <= 65_536 + 1_000)
  }

  @Test(
    "replies that crashed clients do no harm",
    arguments: [
      ":s 353", ":s 353 alice", ":s 353 alice =", ":s 353 alice = #room", ":s 353 alice = #room :",
      ":s 353 alice = #room :@ + @+ !",
      ":s 366", ":s 005", ":s 005 alice", ":s 005 alice PREFIX=(((( :x", ":s 005 alice PREFIX=()@ CHANTYPES= :x",
      ":s 005 alice CHANMODES=,,,,,,, MODES=-1 :x", ":s 005 alice NICKLEN=99999999999999999999 LINELEN=-5 :x",
      ":s 005 alice = -= :x",
      ":s 324", ":s 324 alice #room", ":s 352", ":s 352 alice #room", ":s 354 alice 152", ":s 354 alice 152 #room bob",
      ":s 332",
      ":s 333", ":s 329 alice #room x", ":s 001", ":s MODE", ":s MODE #room", ":s MODE #room +", ":s MODE #room +ooooo",
      ":s MODE #room +k", ":alice JOIN", ":alice JOIN :", ":alice JOIN ,,,", ":alice PART", ":s KICK", ":s KICK #room",
      ":s NICK",
      ":alice NICK", ":alice NICK :", ":s QUIT", "QUIT", "NICK x", "JOIN #x", ":s TOPIC", ":s TOPIC #room", ":s INVITE",
      ":s INVITE alice",
      ":s CAP", ":s CAP *", ":s CAP * ACK", ":s CAP * NAK", ":s CAP * LS", ":s CAP * NEW", ":s CAP * DEL :sasl",
      ":s BATCH", ":s BATCH +",
      ":s BATCH -", ":s BATCH -x", ":s BATCH x", ":s BATCH +a chathistory", ":s FAIL", ":s FAIL X", ":s WARN", ":s 900",
      ":s 900 a b",
      ":s 433", ":s AUTHENTICATE", ":s AUTHENTICATE +", ":s MARKREAD", ":s MARKREAD #room x", ":s REDACT",
      ":s REDACT #room",
      "@+typing=active TAGMSG", "@+typing=active :s TAGMSG :", ":s CHGHOST", ":s ACCOUNT", ":s AWAY", ":s PRIVMSG",
      ":s PRIVMSG alice",
      ":s PONG", "PING", ":s 465", "@time=x;msgid=;parley.chat/seq=-99999999999999999999 :s PRIVMSG alice :x",
    ])
  func malformed(line: String) {
    let scene = Scene.ready()
    scene.join(names: "@alice bob")
    scene.server(line)
    scene.server(":s 366 alice #room :End", ":bob!b@h PRIVMSG #room :still here")
    if line.contains("465") {
      #expect(scene.session.wantsClose)
    } else if line.contains("CHANTYPES=") || line.contains("NICK :") || line == ":s 001" {
      #expect(!scene.session.wantsClose)
    } else {
      #expect(scene.messages().map(\.text).contains("still here"), "\(line)")
      #expect(scene.session.members(of: "#room").map(\.nick).contains("alice"))
    }
  }
}
