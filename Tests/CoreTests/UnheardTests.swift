import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// Somebody who is silenced gets the answers that everybody else gets.
@Suite("What people who are silenced can tell")
struct UnheardTests {
  private static let all =
    "message-tags batch echo-message server-time labeled-response draft/chathistory draft/event-playback draft/multiline "
    + "draft/message-redaction parley.chat/edit parley.chat/seq draft/read-marker account-tag invite-notify"

  /// A script with places for ids of earlier messages: `{n}` is the id of the n-th echo with one.
  private static let script = [
    "PRIVMSG alice :one", "@label=a PRIVMSG alice :two", "NOTICE alice :three",
    "@+parley.chat/key=d.1 PRIVMSG alice :four",
    "@+parley.chat/key=d.1 PRIVMSG alice :four", "@+parley.chat/key=d.1 PRIVMSG alice :other",
    "@+parley.chat/key=d.9999 NOTICE alice :nine", "@+parley.chat/key=d.2 PRIVMSG alice :old",
    "@label=b;+typing=active TAGMSG alice", "@+typing=active TAGMSG alice",
    "@+draft/reply={0};+draft/react=x TAGMSG alice",
    "@+draft/persist TAGMSG alice", "PRIVMSG alice :\u{1}VERSION\u{1}", "PRIVMSG alice :\u{1}ACTION waves\u{1}",
    "@label=c BATCH +1 draft/multiline alice", "@batch=1 PRIVMSG alice :first", "@batch=1 PRIVMSG alice :second",
    "BATCH -1",
    "PRIVMSG alice,ALICE :several", "PRIVMSG alice :\(String(repeating: "x", count: 490))",
    "@label=d EDIT alice {1} :two again", "@+parley.chat/key=d.10000 EDIT alice {0} :one again",
    "EDIT alice nonsense :x",
    "EDIT alice {before} :changed", "@label=e REDACT alice {2} :because", "REDACT alice {2}",
    "REDACT alice {before2} :because",
    "JOIN #tea", "INVITE alice #tea", "@label=f INVITE alice #tea", "INVITE alice #none",
    "MARKREAD alice timestamp=2020-01-01T00:00:00.000Z", "MARKREAD alice",
    "CHATHISTORY LATEST alice * 100", "CHATHISTORY AROUND alice msgid={0} 5",
    "CHATHISTORY AFTER alice parley.chat/seq=2 3",
    "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 10",
    "WHOIS alice", "WHO alice", "ISON alice", "MONITOR + alice", "USERHOST alice", "NAMES #lobby", "NOTICE alice :last",
  ]

  private func run(_ configure: (World, Client) -> Void, silenced: Bool, guest: Bool) throws -> [String] {
    let world = try World()
    let alice = world.account("alice", Self.all)
    let bob = guest ? world.guest("bob", Self.all) : world.account("bob", Self.all)
    let phone = guest ? nil : world.account("bob", Self.all)
    configure(world, alice)
    var places: [String: String] = [:]
    bob.clear()
    bob.send("PRIVMSG alice :before", "PRIVMSG alice :before too")
    let before = bob.take().compactMap { $0[tag: "msgid"] }
    if before.count == 2 { (places["{before}"], places["{before2}"]) = (before[0], before[1]) }
    if silenced { alice.send("SILENCE +*!*@*") }
    alice.clear()
    phone?.clear()
    var seen: [String] = []
    var ids: [String] = []
    var names: [String: String] = [:]
    func masked(_ line: Message) -> String {
      for index in line.tags.indices where line.tags[index].key == "msgid" {
        let value = line.tags[index].value
        if !ids.contains(value) { ids.append(value) }
      }
      var text = line.wire
      for (number, id) in (before + ids).enumerated() {
        text = text.replacing(id, with: "<id \(number) \(id.first == "t")>")
      }
      // Names of batches are random.
      if line.command == "BATCH", let word = line.parameters.first {
        let name = String(word.dropFirst())
        if names[name] == nil { names[name] = "<batch \(names.count)>" }
      }
      for (name, shown) in names { text = text.replacing(name, with: shown) }
      return text
    }
    for line in Self.script {
      var line = line
      for (place, id) in places { line = line.replacing(place, with: id) }
      for (number, id) in ids.enumerated() { line = line.replacing("{\(number)}", with: id) }
      bob.send(line)
      seen.append("> \(line.prefix(20))")
      seen += bob.take().map(masked)
      if let phone { seen += phone.take().map { "phone " + masked($0) } }
    }
    if silenced {
      let heard = alice.take().filter { $0.source?.hasPrefix("bob!") == true }
      // A redaction takes something back; its reason is not told.
      #expect(heard.allSatisfy { $0.command == "REDACT" && $0.parameters.count == 2 }, "\(heard.map(\.wire))")
      alice.send("CHATHISTORY LATEST bob * 100", "INVITE")
      let lines = alice.take()
      #expect(lines.filter { $0.command == "PRIVMSG" }.map { $0.parameters[1] } == (before.isEmpty ? [] : ["before"]))
      #expect(!lines.contains { ["NOTICE", "EDIT", "TAGMSG", "336"].contains($0.command) })
      let plain = world.account("alice", device: "plain")
      #expect(!plain.lines.contains { $0.command == "INVITE" })
      #expect(
        plain.lines.filter { $0.command == "PRIVMSG" }.map { $0.parameters[1] } == (before.isEmpty ? [] : ["before"]))
      if before.isEmpty { return seen }
      alice.send("SILENCE -*!*@*")
      alice.clear()
      bob.send("PRIVMSG alice :heard", "EDIT alice \(ids.first ?? "x") :still not")
      #expect(alice.take().filter { $0.source?.hasPrefix("bob!") == true && $0.command != "301" }.count == 1)
    }
    return seen
  }

  @Test(arguments: [false, true]) func theAnswersAreTheSame(guest: Bool) throws {
    let plain = try run({ _, _ in }, silenced: false, guest: guest)
    let silenced = try run({ _, _ in }, silenced: true, guest: guest)
    #expect(plain.count == silenced.count)
    for (one, other) in zip(plain, silenced) where one != other { Issue.record("\(one) | \(other)") }
    #expect(plain.count > Self.script.count * 2)
  }

  @Test func withModeRAndWithoutADevice() throws {
    let modes: (World, Client) -> Void = { _, alice in alice.send("MODE alice +R") }
    let away: (World, Client) -> Void = { _, alice in alice.send("AWAY :gone") }
    for configure in [modes, away] {
      let plain = try run(configure, silenced: false, guest: true)
      let silenced = try run(configure, silenced: true, guest: true)
      #expect(plain == silenced)
    }
  }

  @Test func theLimitOnStrangersAppliesAllTheSame() throws {
    for isSilenced in [false, true] {
      let world = try World { $0.peoplePerMinute = 2 }
      for number in 0..<3 {
        let client = world.guest("v\(number)")
        if isSilenced { client.send("SILENCE +*!*@*") }
      }
      let bob = world.connect(trusted: false)
      bob.send("NICK bob", "USER b 0 * :b")
      bob.clear()
      for number in 0..<3 { bob.send("PRIVMSG v\(number) :hello") }
      #expect(bob.commands() == ["439"])
    }
  }
}
