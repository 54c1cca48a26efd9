import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("Names of new rooms and nicks")
struct NewNameTests {
  @Test func roomsThatLookLikeOthersAreRefused() throws {
    let world = try World()
    let alice = world.guest("alice")
    alice.send(
      "JOIN #lobby\u{200B}", "JOIN #\u{202E}ybbol", "JOIN #l\u{43E}bby", "JOIN #Iobby", "JOIN #l0bby", "JOIN #ｌｏｂｂｙ",
      "JOIN #cafe\u{301}")
    #expect(alice.take().allSatisfy { $0.command == "437" })
    alice.send("JOIN #café", "JOIN #CAFÉ", "JOIN #логово", "LIST")
    #expect(
      alice.lines.filter { $0.command == "322" }.map { $0.parameters[1] }.sorted() == ["#café", "#lobby", "#логово"])
    alice.clear()
    alice.send("RENAME #café #lоbby", "RENAME #café #caf\u{200B}é", "RENAME #café #Café")
    #expect(
      alice.take().map { $0.parameters.count > 1 ? $0.parameters[1] : "" }.prefix(2) == [
        "CANNOT_RENAME", "CANNOT_RENAME",
      ])
  }

  @Test func roomsThatExistGoOnWorking() throws {
    let store = MemoryStore()
    for (id, name) in [(5, "#lobby\u{200B}"), (6, "#l\u{43E}bby"), (7, "#cafe\u{301}")] {
      _ = try store.commit([
        Transaction(
          .putRoom(RoomRecord(id: RoomID(Int64(id)), name: name, createdAt: Timestamp(milliseconds: 1), modes: "Pnt")))
      ])
    }
    let world = try World(store: store)
    let alice = world.guest("alice")
    alice.send("JOIN #lobby\u{200B}", "JOIN #l\u{43E}bby", "JOIN #cafe\u{301}", "PRIVMSG #cafe\u{301} :hello")
    #expect(alice.commands().filter { $0 == "JOIN" }.count == 3)
    #expect(!alice.commands().contains("437") && !alice.commands().contains("403"))
  }

  @Test func nicksThatSeemToBeSomebodyElseAreRefused() throws {
    let world = try World()
    let alice = world.account("alice")
    let bob = world.guest("bob")
    bob.send(
      "NICK Nick-Serv", "NICK ch4nserv", "NICK Global", "NICK irc_example_org", "NICK aIice", "NICK AL1CE",
      "NICK alice_")
    #expect(bob.commands() == ["433", "433", "433", "433", "433", "433", "NICK"])
    // One's own names, and those that look like them, are one's own.
    alice.clear()
    alice.send("NICK aIice", "NICK alice")
    #expect(alice.commands() == ["NICK", "NICK"])
    let thief = world.connect()
    thief.send("NICK a1ice", "USER x 0 * :x")
    #expect(thief.commands() == ["433"])
    let root = world.account("root")
    try world.makeOperator("root")
    root.send("OPER root sesame")
    root.clear()
    root.send("NS SAREGISTER NickServ1 sesame", "NS SAREGISTER a1ice sesame", "NS SAREGISTER carol sesame")
    #expect(
      root.take().map { $0.parameters[1] } == [
        "This name cannot be an account's.", "This name looks like another one that is in use.",
        "The account carol is registered.",
      ])
  }

  @Test func accountsThatExistGoOnWorking() throws {
    let store = MemoryStore()
    for (id, name) in [(1, "alice"), (2, "aIice"), (3, "Nick-Serv")] {
      _ = try store.commit([
        Transaction(
          .createAccount(
            AccountRecord(
              id: AccountID(Int64(id)), name: name, nick: name, verifier: nil, fingerprints: ["f\(id)"],
              registeredAt: Timestamp(milliseconds: 1))))
      ])
    }
    let world = try World(store: store)
    for (id, name) in [(1, "alice"), (2, "aIice"), (3, "Nick-Serv")] {
      let client = world.connect(certificate: "f\(id)")
      client.send(
        "CAP REQ :sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +", "NICK \(name)", "USER x 0 * :x", "CAP END")
      #expect(client.lines.first { $0.command == "001" }?.parameters.first == name)
      client.send("NICK other\(id)", "NICK \(name)")
      #expect(client.lines.last?.command == "NICK")
    }
  }

  @Test func aDisplayNameHidesNothing() throws {
    let world = try World()
    let alice = world.account("alice", "draft/metadata-3 batch")
    alice.clear()
    alice.send(
      "METADATA * SET display-name :\u{202E}ecila", "METADATA * SET display-name :Alice 👩‍💻",
      "METADATA * SET url :a\u{200B}b")
    #expect(
      alice.take().map { $0.command == "FAIL" ? $0.parameters[1] : $0.command } == ["INVALID_VALUE", "761", "761"])
  }

  @Test func aMessageToAServiceAmongOthersReachesNobody() throws {
    let world = try World()
    let alice = world.guest("alice", "draft/multiline batch message-tags")
    let bob = world.guest("bob", "message-tags draft/multiline batch echo-message")
    alice.clear()
    for target in [
      "alice,NickServ", "NickServ,alice", "alice,nickserv", "alice,ChanServ", "alice,NickServ@irc.example.org",
      "alice,Nick-Serv",
      "NickServ,NickServ,alice", "alice,@NickServ", "#lobby,NICKSERV",
    ] {
      bob.clear()
      bob.send("PRIVMSG \(target) :IDENTIFY sesame", "NOTICE \(target) :IDENTIFY sesame", "@+x=sesame TAGMSG \(target)")
      #expect(bob.commands() == ["531", "531", "531"], "\(target)")
    }
    bob.clear()
    bob.send("BATCH +1 draft/multiline alice,NickServ", "@batch=1 PRIVMSG alice,NickServ :IDENTIFY sesame", "BATCH -1")
    bob.send("BATCH +2 draft/multiline NickServ", "@batch=2 PRIVMSG NickServ :IDENTIFY sesame", "BATCH -2")
    #expect(bob.commands() == ["FAIL", "401"])
    #expect(alice.lines.isEmpty)
  }
}
