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
