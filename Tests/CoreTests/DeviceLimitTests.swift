import IRC
import ParleyCore
import ParleyTesting
import Testing

/// A new device gets in at the limit of an account's devices, and replaces another.
@Suite("The limit on devices of an account")
struct DeviceLimitTests {
  @Test("the device that has been silent for the longest time is replaced, and told why")
  func longestSilent() throws {
    let world = try World { $0.sessionsPerAccount = 3 }
    let devices = ["a", "b", "c"].map { world.account("alice", device: $0) }
    for client in [devices[1], devices[0], devices[2]] {
      world.pass(seconds: 1)
      client.send("PING x")
    }
    let new = world.account("alice", device: "d")
    #expect(devices.map(\.isClosed) == [false, true, false])
    #expect(devices[1].lines.last?.command == "ERROR")
    #expect(devices[1].lines.last?.parameters.last?.contains("another device") == true)
    #expect(!new.isClosed && new.commands().contains("001"))
  }

  @Test("a connection of the same device name is replaced first")
  func sameDevice() throws {
    let world = try World { $0.sessionsPerAccount = 3 }
    let devices = ["a", "b", "c"].map { world.account("alice", device: $0) }
    for client in devices { client.send("PING x") }
    world.pass(seconds: 1)
    devices[2].send("PING x")
    _ = world.account("alice", device: "c")
    #expect(devices.map(\.isClosed) == [false, false, true])
  }

  @Test("with one device allowed, the account stays in its rooms while its device changes", arguments: [true, false])
  func onlyOne(alwaysOn: Bool) throws {
    let world = try World {
      $0.sessionsPerAccount = 1
      $0.alwaysOn = alwaysOn
    }
    let bob = world.guest("bob")
    let old = world.account("alice", device: "a")
    for client in [old, bob] { client.send("JOIN #tea") }
    bob.clear()
    let new = world.account("alice", device: "b")
    #expect(old.isClosed && !new.isClosed)
    #expect(!bob.commands().contains("QUIT") && !bob.commands().contains("PART"))
    #expect(new.lines.contains { $0.command == "JOIN" && $0.parameters.first == "#tea" })
  }

  @Test("a guest that signs in replaces a device as well")
  func guestSignsIn() throws {
    let world = try World { $0.sessionsPerAccount = 1 }
    let old = world.account("alice")
    let guest = world.guest("visitor")
    guest.send("NS IDENTIFY alice sesame")
    #expect(old.isClosed && !guest.isClosed)
    #expect(guest.lines.contains { $0.command == "900" })
  }
}
