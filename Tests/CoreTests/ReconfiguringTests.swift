import IRC
import ParleyCore
import ParleyTesting
import Testing

/// New settings while clients are connected.
@Suite("Reload")
struct ReconfiguringTests {
  private func reload(_ world: World, _ change: (inout Configuration) -> Void) {
    var configuration = Configuration()
    configuration.serverName = "irc.example.org"
    configuration.passwordIterations = 16
    change(&configuration)
    world.post(.reconfigured(configuration))
    world.run()
  }

  @Test func changedTokensAreToldToEverybody() throws {
    let world = try World()
    let (alice, bob) = (world.guest("alice", "batch draft/extended-isupport"), world.guest("bob"))
    let early = world.connect()
    let asked = world.connect()
    asked.send("CAP REQ :draft/extended-isupport")
    asked.clear()
    reload(world) {
      $0.topicLength = 100
      $0.networkName = "Other"
      $0.allowGuests = true
    }
    #expect(alice.commands() == ["BATCH", "005", "BATCH"])
    #expect(alice.lines[0].parameters.last == "draft/isupport")
    #expect(alice.lines[1].parameters == ["alice", "NETWORK=Other", "TOPICLEN=100", "are supported by this server"])
    #expect(alice.lines[1][tag: "batch"] == alice.lines[0].parameters[0].dropFirst().description)
    #expect(bob.read() == [":irc.example.org 005 bob NETWORK=Other TOPICLEN=100 :are supported by this server"])
    #expect(early.commands() == [])
    #expect(asked.commands() == ["005"])
    alice.clear()
    reload(world) {
      $0.topicLength = 100
      $0.networkName = "Other"
    }
    #expect(alice.commands() == [], "nothing has changed")
  }

  @Test func tokensThatAreGoneAreTakenBack() throws {
    let world = try World { $0.allowGuests = false }
    let alice = world.account("alice")
    alice.clear()
    reload(world) { _ in }
    #expect(alice.read() == [":irc.example.org 005 alice -draft/ACCOUNTREQUIRED :are supported by this server"])
  }

  /// Shorter limits are for new names.
  @Test func namesThatExistGoOnWorking() throws {
    let world = try World()
    let (alice, bob) = (world.account("averylongname"), world.account("bob"))
    alice.send("JOIN #averylongroom", "CS REGISTER #averylongroom")
    reload(world) { ($0.nickLength, $0.channelLength) = (5, 6) }
    for client in [alice, bob] { client.clear() }
    bob.send("JOIN #averylongroom", "JOIN #another")
    #expect(bob.commands() == ["JOIN", "353", "366", "403"])
    alice.clear()
    alice.send("PART #averylongroom", "JOIN #averylongroom")
    #expect(alice.commands().prefix(2) == ["PART", "JOIN"])
    alice.send("QUIT")
    let again = world.account("averylongname")
    #expect(again.lines.contains { $0.command == "001" && $0.parameters.first == "averylongname" })
    let guest = world.connect()
    guest.send("NICK alongone", "USER a 0 * :a")
    #expect(guest.commands() == ["432"])
  }

  @Test func aNewLobbyIsThereAtOnce() throws {
    let world = try World()
    reload(world) { $0.lobby = "#hall" }
    let guest = world.guest("guest")
    guest.send("LIST")
    #expect(guest.take().filter { $0.command == "322" }.map { $0.parameters[1] } == ["#lobby", "#hall"])
    let alice = world.account("alice")
    #expect(alice.lines.contains { $0.command == "JOIN" && $0.parameters.first == "#hall" })
  }

  @Test func accountsStayOrDoNot() throws {
    let world = try World()
    let (alice, bob) = (world.account("alice", "draft/persistence"), world.account("bob"))
    let carol = world.account("carol")
    carol.send("PERSISTENCE SET ON")
    for client in [alice, bob, carol] { client.send("JOIN #tea") }
    bob.send("QUIT")
    carol.send("QUIT")
    alice.clear()
    reload(world) { $0.alwaysOn = false }
    let told = alice.take()
    #expect(told.first { $0.command == "PERSISTENCE" }?.parameters == ["STATUS", "DEFAULT", "OFF"])
    #expect(told.filter { $0.command == "QUIT" }.map { $0.source?.hasPrefix("bob!") } == [true])
    alice.send("NAMES #tea")
    let names = alice.take().filter { $0.command == "353" }.flatMap { $0.parameters[3].split(separator: " ") }
    #expect(Set(names) == ["@alice", "carol"])
    reload(world) { $0.alwaysOn = true }
    #expect(alice.take().first { $0.command == "PERSISTENCE" }?.parameters == ["STATUS", "DEFAULT", "ON"])
  }

  @Test func capabilitiesComeAndGo() throws {
    let world = try World()
    let new = world.connect()
    new.send("CAP LS 302", "CAP REQ :draft/account-registration draft/multiline batch", "NICK alice", "USER a 0 * :a")
    new.send("CAP END")
    let old = world.guest("bob", "cap-notify draft/account-registration")
    let silent = world.guest("carol", "draft/account-registration")
    new.clear()
    reload(world) { $0.allowRegistration = false }
    #expect(new.read() == [":irc.example.org CAP alice DEL draft/account-registration"])
    #expect(old.read() == [":irc.example.org CAP bob DEL draft/account-registration"])
    #expect(silent.commands() == [])
    new.send("CAP LIST")
    #expect(new.take().last?.parameters.last?.contains("account-registration") == false)
    reload(world) {
      $0.requiresEmail = true
      $0.multilineLines = 50
    }
    #expect(
      new.read() == [
        ":irc.example.org CAP alice NEW :draft/multiline=max-bytes=65536,max-lines=50 "
          + "draft/account-registration=before-connect,email-required"
      ])
    #expect(old.read() == [":irc.example.org CAP bob NEW draft/account-registration"], "no values before version 302")
    reload(world) { $0.requiresEmail = true }
    #expect(new.read() == [":irc.example.org CAP alice NEW draft/multiline=max-bytes=65536,max-lines=1000"])
    #expect(old.commands() == [])
  }
}
