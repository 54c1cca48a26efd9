import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("Silences and mode R")
struct SilenceTests {
  @Test func whoIsSilencedIsNotHeardAndNotToldSo() throws {
    let world = try World()
    let alice = world.account("alice")
    let bob = world.guest("bob", "echo-message message-tags")
    alice.send("SILENCE +bob")
    #expect(alice.take().last.map { [$0.command] + $0.parameters } == ["SILENCE", "+bob!*@*"])
    bob.send(
      "PRIVMSG alice :one", "NOTICE alice :two", "@+typing=active TAGMSG alice", "JOIN #tea", "INVITE alice #tea")
    #expect(
      bob.take().map(\.command).filter { $0 != "353" && $0 != "366" } == ["PRIVMSG", "NOTICE", "TAGMSG", "JOIN", "341"])
    #expect(alice.lines.isEmpty)
    alice.send("INVITE")
    #expect(alice.commands() == ["337"])
    alice.clear()
    // In rooms everybody is heard.
    alice.send("JOIN #tea")
    alice.clear()
    bob.send("PRIVMSG #tea :hello all")
    #expect(alice.commands() == ["PRIVMSG"])
    alice.send("SILENCE -BOB")
    alice.clear()
    bob.send("PRIVMSG alice :three")
    #expect(alice.take().map { $0.parameters[1] } == ["three"])
  }

  @Test func nothingOfItComesLater() throws {
    let world = try World()
    let alice = world.account("alice")
    let mallory = world.account("mallory")
    alice.send("SILENCE a:mallory", "QUIT")
    mallory.send("NICK innocent", "PRIVMSG alice :can you hear me")
    let back = world.account("alice")
    #expect(!back.commands().contains("PRIVMSG"))
    back.send("SILENCE")
    #expect(back.lines.suffix(2).map(\.command) == ["271", "272"])
    #expect(back.lines.suffix(2).first?.parameters == ["alice", "alice", "a:mallory"])
  }

  @Test func theListIsTheAccountsOnAllDevicesAndStays() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    let (desk, phone) = (world.account("alice"), world.account("alice"))
    for client in [desk, phone] { client.clear() }
    desk.send("SILENCE +*!*@bad.example,+carol,+CAROL")
    #expect(phone.commands() == ["SILENCE", "SILENCE"])
    world = try World(store: store)
    let again = world.account("alice")
    again.clear()
    again.send("SILENCE")
    #expect(again.take().filter { $0.command == "271" }.map { $0.parameters[2] } == ["*!*@bad.example", "carol!*@*"])
  }

  @Test func theListEndsAndTheDiskMayRefuse() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice")
    for number in 0..<101 { alice.send("SILENCE +n\(number)") }
    #expect(alice.commands().last == "511")
    alice.clear()
    store.failure = StoreError(.full, "no room")
    alice.send("SILENCE -n0")
    #expect(alice.take().map { $0.parameters[1] } == ["STORE_UNAVAILABLE"])
    alice.send("SILENCE")
    #expect(alice.commands().filter { $0 == "271" }.count == 100)
  }

  @Test func theMasksOfOneLineAreStoredTogether() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice")
    alice.send("SILENCE +old")
    store.failure = StoreError(.full, "no room")
    alice.clear()
    alice.send("SILENCE -old,+one,+two")
    alice.send("SILENCE")
    #expect(alice.commands() == ["FAIL", "FAIL", "FAIL", "271", "272"])
    #expect(alice.take().filter { $0.command == "271" }.map { $0.parameters[2] } == ["old!*@*"])
    let words = (0..<20).map { "+n\($0)" }.joined(separator: ",")
    let line = Message(command: "SILENCE", parameters: [words])
    world.core.handle(
      .received(alice.id, [.message(line)]), at: Moment(wall: world.now, monotonic: world.instant, certain: nil))
    let masks = world.core.takeOutputs().transactions.map { transaction in
      transaction.changes.count { if case .putSilence = $0 { true } else { false } }
    }
    #expect(masks == [20])
  }

  @Test func modeRLetsOnlySignedInPeopleIn() throws {
    let store = MemoryStore()
    var world = try World(store: store)
    var alice = world.account("alice")
    alice.clear()
    alice.send("MODE alice +R")
    #expect(alice.take().map { $0.parameters } == [["alice", "+R"]])
    let guest = world.guest("guest")
    guest.send("PRIVMSG alice :hello", "NOTICE alice :hello")
    #expect(guest.commands() == ["477"])
    #expect(alice.lines.isEmpty)
    world.account("bob").send("PRIVMSG alice :hello")
    #expect(alice.commands().contains("PRIVMSG"))
    // It stays with the account, also while nobody is there.
    world = try World(store: store)
    let stranger = world.guest("stranger")
    stranger.send("PRIVMSG alice :hello")
    #expect(stranger.commands() == ["477"])
    alice = world.account("alice")
    #expect(alice.lines.contains { $0.command == "MODE" && $0.parameters == ["alice", "+Rr"] })
    alice.send("MODE alice -R")
    alice.clear()
    stranger.send("PRIVMSG alice :hello")
    #expect(alice.commands() == ["PRIVMSG"])
  }

  @Test func whomOneAcceptsOrWritesToMayAnswer() throws {
    let world = try World()
    let alice = world.account("alice")
    alice.send("MODE alice +R")
    let (one, two) = (world.guest("one"), world.guest("two"))
    alice.clear()
    alice.send("ACCEPT one", "ACCEPT one", "ACCEPT -two", "ACCEPT nobody", "PRIVMSG two :hello", "ACCEPT *")
    #expect(alice.commands() == ["457", "458", "401", "281", "281", "282"])
    for guest in [one, two] { guest.clear() }
    alice.clear()
    one.send("PRIVMSG alice :1")
    two.send("PRIVMSG alice :2")
    #expect(alice.take().map { $0.parameters[1] } == ["1", "2"])
    alice.send("ACCEPT -one")
    one.send("PRIVMSG alice :3")
    #expect(one.commands() == ["477"])
  }

  @Test func aModeTheDiskRefusesIsNotSet() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = world.account("alice")
    alice.clear()
    store.failure = StoreError(.full, "no room")
    alice.send("MODE alice +iR", "MODE alice")
    #expect(alice.lines.first?.parameters[1] == "STORE_UNAVAILABLE")
    alice.clear()
    alice.send("MODE alice")
    #expect(alice.lines.first?.parameters[1] == "+r")
  }
}
