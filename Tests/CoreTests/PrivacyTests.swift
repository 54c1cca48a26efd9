import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// Everybody who is not meant tries every command, with every name that could matter, and learns nothing.
@Suite("Privacy")
struct PrivacyTests {
  private static let all =
    "message-tags batch echo-message server-time labeled-response draft/chathistory draft/event-playback draft/multiline "
    + "draft/message-redaction parley.chat/edit parley.chat/seq draft/read-marker extended-monitor account-tag multi-prefix"
  private static let address = "203.0.113.77"

  /// Ends connections, makes accounts, or needs a person: nothing that tells.
  private static let left: Set<String> = [
    "QUIT", "ERROR", "KILL", "REGISTER", "AUTHENTICATE", "PASS", "USER", "NICK", "REHASH",
  ]

  private struct Stage {
    let world: World
    let alice: Client
    let attackers: [(name: String, client: Client)]
    let ids: [String]
  }

  /// alice and bob talk in private and in a secret room with a keeper; mallory was in it, and is banned.
  private func stage() throws -> Stage {
    let world = try World()
    for name in ["alice", "bob", "keeper", "mallory", "third", "root"] { world.account(name).send("QUIT") }
    let alice = world.account("alice", Self.all, address: Self.address)
    let bob = world.account("bob", Self.all)
    let keeper = world.account("keeper", Self.all)
    let mallory = world.account("mallory", Self.all)
    for client in [alice, bob, keeper, mallory] { client.send("JOIN #vault") }
    keeper.send("MODE keeper +i")
    alice.send("MODE #vault +si")
    mallory.send("PRIVMSG #vault :I was here")
    alice.send("KICK #vault mallory", "MODE #vault +b a:mallory")
    for client in [alice, bob, mallory] { client.clear() }
    alice.send("TOPIC #vault :tresor topic", "PRIVMSG #vault :tresor of the room", "PRIVMSG bob :tresor between us")
    bob.send("PRIVMSG alice :tresor back", "NOTICE alice :tresor notice")
    let ids = alice.take().compactMap { $0[tag: "msgid"] }
    #expect(ids.count >= 4)
    try world.makeOperator("root")
    let root = world.account("root", Self.all)
    root.send("OPER root sesame")
    #expect(root.commands().contains("381"))
    let attackers: [(String, Client)] = [
      ("banned member", mallory), ("third account", world.account("third", Self.all)), ("operator", root),
      ("guest", world.guest("visitor", Self.all)),
    ]
    for (_, client) in attackers { client.clear() }
    return Stage(world: world, alice: alice, attackers: attackers, ids: ids)
  }

  /// The commands that the server itself names.
  private func commands(_ client: Client) -> [String] {
    client.send("HELP")
    let lines = client.take().filter { $0.command == "705" }.compactMap { $0.parameters.last }
    return lines.dropFirst().flatMap { $0.split(separator: " ").map(String.init) }
  }

  private func attempts(_ name: String, _ ids: [String]) -> [String] {
    let targets = ["#vault", "alice", "bob", "keeper", "*", "#*", "#vault,alice,bob", "a*", "m"]
    let places = ids.map { "msgid=\($0)" } + ["timestamp=2020-01-01T00:00:00.000Z", "parley.chat/seq=0", "*"]
    var lines = [name]
    for target in targets {
      lines.append("\(name) \(target)")
      for word in [
        "LATEST", "BEFORE", "AFTER", "AROUND", "LIST", "GET", "SYNC", "INFO", "ACCESS", "+b", "b", "e", "I", "+",
        "SESSIONS",
      ] {
        lines.append("\(name) \(word) \(target)")
        lines.append("\(name) \(target) \(word)")
      }
      for place in places {
        for word in ["LATEST", "BEFORE", "AFTER", "AROUND"] { lines.append("\(name) \(word) \(target) \(place) 50") }
        lines.append("\(name) BETWEEN \(target) \(place) \(places[0]) 50")
      }
      for id in ids {
        lines.append("\(name) \(target) \(id)")
        lines.append("\(name) \(target) \(id) :x")
      }
      lines.append("\(name) \(target) %tcuihsnfdlaor,1")
      lines.append("\(name) \(target) :x")
    }
    lines.append("\(name) TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2099-01-01T00:00:00.000Z 100")
    return lines
  }

  private static func leak(_ line: Message) -> String? {
    let text = line.wire
    if text.contains("tresor") { return "words" }
    if text.contains(address) { return "an address" }
    // Numerics that tell of a room's members, topic, modes and lists.
    let telling: Set<String> = [
      "353", "352", "354", "319", "322", "324", "329", "331", "332", "333", "346", "348", "367",
    ]
    if telling.contains(line.command), line.parameters.contains(where: { $0.contains("#vault") }) { return "a room" }
    if ["JOIN", "PART", "TOPIC", "MODE"].contains(line.command), line.parameters.first == "#vault" {
      return "an event"
    }
    return nil
  }

  @Test func nobodyElseLearnsAnythingByAnyCommand() throws {
    let stage = try stage()
    var count = 0
    for (who, client) in stage.attackers {
      let names = commands(client)
      #expect(names.count > 40)
      for name in names where !Self.left.contains(name) {
        for line in attempts(name, stage.ids) {
          count += 1
          client.send(line)
          for answer in client.take() {
            if let leak = Self.leak(answer) { Issue.record("\(who), \(line): \(leak) in \(answer.wire)") }
          }
        }
        #expect(!client.isClosed, "\(who), \(name)")
      }
    }
    print("privacy: \(count) commands, nothing learned")
    // What was said is still there, unchanged.
    stage.alice.clear()
    stage.alice.send("CHATHISTORY LATEST bob * 50", "CHATHISTORY LATEST #vault * 50")
    #expect(stage.alice.take().filter { $0.parameters.last?.contains("tresor") == true }.count >= 5)
  }
}
