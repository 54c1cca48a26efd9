import IRC
import ParleyCore
import ParleyTesting
import Testing

/// Who is there: MONITOR, WHOWAS, AWAY of several devices, KILL.
@Suite("Presence")
struct PresenceTests {
  /// IRCv3 "monitor": 730 when somebody comes, 731 when nobody with the nick is connected any more.
  @Test func watchersSeePeopleComeAndGo() throws {
    let world = try World()
    let watcher = world.guest("watcher")
    watcher.send("MONITOR + bob,alice,bob!*@*")
    #expect(
      watcher.read().map { $0.split(separator: " ").dropFirst().joined(separator: " ") }.contains(
        "731 watcher bob,alice"))
    let bob = world.guest("bob")
    #expect(watcher.commands() == ["730"])
    #expect(watcher.lines.first?.parameters.last?.hasPrefix("bob!") == true)
    watcher.clear()
    bob.send("NICK Bob")
    #expect(watcher.lines.isEmpty)
    bob.send("NICK alice")
    #expect(watcher.commands() == ["731", "730"])
    watcher.clear()
    bob.send("QUIT")
    #expect(watcher.read().last?.hasSuffix("731 * alice") == true)
    watcher.send("MONITOR L", "MONITOR C", "MONITOR L")
    #expect(watcher.commands() == ["732", "733", "733"])
    watcher.clear()
    world.guest("bob")
    #expect(watcher.lines.isEmpty)
  }

  @Test func aMonitorListIsFullAtItsLimit() throws {
    let world = try World()
    let watcher = world.guest("watcher")
    watcher.send((1...51).map { "MONITOR + a\($0),b\($0)" })
    #expect(watcher.lines.last?.command == "734")
    #expect(watcher.lines.last?.parameters[1...2] == ["100", "a51,b51"])
  }

  /// An account is there with its first device and gone with its last, though it stays in its rooms.
  @Test func anAccountIsOnlineWhileADeviceIs() throws {
    let world = try World()
    let first = world.account("alice")
    let second = world.account("alice")
    let watcher = world.guest("watcher")
    watcher.send("MONITOR + alice")
    #expect(watcher.commands() == ["730"])
    watcher.clear()
    first.send("QUIT")
    #expect(watcher.lines.isEmpty)
    second.send("QUIT")
    #expect(watcher.commands() == ["731"])
    watcher.clear()
    world.account("alice")
    #expect(watcher.commands() == ["730"])
  }

  /// IRCv3 "extended-monitor": what members of shared rooms see, once.
  @Test func extendedMonitorTellsOfAwayOnce() throws {
    let world = try World()
    let watcher = world.guest("watcher", "extended-monitor away-notify")
    let bob = world.guest("bob")
    watcher.send("MONITOR + bob")
    watcher.clear()
    bob.send("AWAY :gone")
    #expect(watcher.commands() == ["AWAY"])
    for client in [watcher, bob] { client.send("JOIN #tea") }
    watcher.clear()
    bob.send("AWAY")
    #expect(watcher.commands() == ["AWAY"])
  }

  @Test func whowasKnowsTheLatestFirst() throws {
    let world = try World()
    let asker = world.guest("asker")
    for number in 1...3 {
      let client = world.connect()
      client.send("NICK bob", "USER user\(number) 0 * :Bob")
      client.send("QUIT")
    }
    asker.send("WHOWAS bob 2")
    #expect(asker.commands() == ["314", "312", "314", "312", "369"])
    #expect(asker.lines.filter { $0.command == "314" }.map { $0.parameters[2] } == ["user3", "user2"])
    asker.clear()
    asker.send("WHOWAS nobody", "WHOWAS")
    #expect(asker.commands() == ["406", "369", "431"])
  }

  /// IRCv3 "pre-away": a device nobody is at does not make its user present, and says nothing over a person's own words.
  @Test func anUnattendedDeviceIsNobody() throws {
    let world = try World()
    let bob = world.guest("bob", "away-notify")
    bob.send("JOIN #tea")
    let alice = world.account("alice")
    alice.send("JOIN #tea", "QUIT")
    bob.clear()
    let robot = world.connect()
    robot.send("CAP REQ :sasl draft/pre-away", "NICK alice", "USER alice 0 * :alice", "AWAY *")
    #expect(robot.lines.last?.command == "306")
    robot.send("AUTHENTICATE PLAIN", "AUTHENTICATE " + Base64.encode(Array("\0alice\0sesame".utf8)), "CAP END")
    #expect(!bob.lines.contains { $0.command == "AWAY" })
    robot.send("AWAY")
    #expect(bob.take().map(\.wire).filter { $0.contains("AWAY") }.map { $0.split(separator: " ").count } == [2])
    robot.send("AWAY *")
    #expect(bob.take().contains { $0.command == "AWAY" && $0.parameters == ["Not connected; messages are kept"] })
  }

  @Test func awayBeforeRegistrationNeedsItsCapability() throws {
    let world = try World()
    let client = world.connect()
    client.send("AWAY :soon")
    #expect(client.commands() == ["451"])
  }

  /// IRCv3 "extended-isupport": before registration, in its batch.
  @Test func isupportComesInABatchWhereItIsKnown() throws {
    let world = try World()
    let client = world.connect()
    client.send("ISUPPORT")
    #expect(client.commands() == ["451"])
    client.clear()
    client.send("CAP REQ :batch draft/extended-isupport", "ISUPPORT")
    let lines = client.take().dropFirst()
    #expect(lines.first?.parameters.last == "draft/isupport")
    #expect(lines.dropFirst().dropLast().allSatisfy { $0.command == "005" && $0[tag: "batch"] != nil })
    #expect(lines.last?.command == "BATCH")
    client.send("NICK alice", "USER alice 0 * :alice", "CAP END")
    #expect(client.lines.filter { $0.command == "005" }.allSatisfy { $0[tag: "batch"] != nil })
  }

  /// IRCv3 "no-implicit-names".
  @Test(arguments: ["no-implicit-names", "draft/no-implicit-names"])
  func namesComeWhenAskedFor(capability: String) throws {
    let world = try World()
    let client = world.guest("alice", capability)
    client.send("JOIN #tea")
    #expect(client.commands() == ["JOIN"])
    client.clear()
    client.send("NAMES #tea")
    #expect(client.commands() == ["353", "366"])
  }
}
