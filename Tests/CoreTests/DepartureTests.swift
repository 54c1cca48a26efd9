import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

/// What a device had not taken when it left is shown when it comes back.
@Suite("Devices that leave")
struct DepartureTests {
  private let store = MemoryStore()

  private func texts(_ client: Client) -> [String] {
    client.take().filter { $0.command == "PRIVMSG" }.map { $0.parameters[1] }
  }

  /// A device of alice, and bob, in a room.
  private func begin(_ world: World) -> (alice: Client, bob: Client) {
    // The connection that makes an account has no device.
    world.account("alice").send("QUIT")
    let people = (world.account("alice", device: "desk"), world.account("bob"))
    for client in [people.0, people.1] { client.send("JOIN #tea") }
    people.0.clear()
    return people
  }

  private func say(_ numbers: ClosedRange<Int>, _ bob: Client) { bob.send(numbers.map { "PRIVMSG #tea :\($0)" }) }

  private func isShown(_ numbers: ClosedRange<Int>?, in world: World) {
    let alice = world.account("alice", device: "desk")
    #expect(texts(alice) == (numbers.map { $0.map(String.init) } ?? []))
    alice.send("QUIT")
    alice.close()
  }

  @Test("QUIT of a device that has taken everything: nothing is shown again")
  func everythingTaken() throws {
    let world = try World(store: store)
    let (alice, bob) = begin(world)
    say(1...20, bob)
    alice.send("QUIT")
    alice.close()
    isShown(nil, in: world)
  }

  @Test("what lay in the queue of a device at its QUIT is shown later, whether the connection ends at once or late")
  func quitUnread() throws {
    for isLate in [false, true] {
      let world = try World()
      let (alice, bob) = begin(world)
      alice.sink.isStalled = true
      say(1...20, bob)
      alice.send("QUIT")
      if isLate { world.pass(seconds: 5) } else { alice.drop() }
      isShown(1...20, in: world)
      alice.drop()
      isShown(nil, in: world)
    }
  }

  @Test("what a device takes after its QUIT counts as shown")
  func takenAfterQuit() throws {
    let world = try World(store: store)
    let (alice, bob) = begin(world)
    alice.sink.isStalled = true
    say(1...20, bob)
    alice.send("QUIT")
    world.wake(alice)
    #expect(texts(alice) == (1...20).map(String.init))
    isShown(nil, in: world)
  }

  @Test("what a device has confirmed with a PONG is not shown again")
  func confirmed() throws {
    let world = try World(store: store)
    let (alice, bob) = begin(world)
    say(1...10, bob)
    world.pass(seconds: 31)
    alice.send("PONG irc.example.org")
    alice.sink.isStalled = true
    say(11...20, bob)
    alice.send("QUIT")
    alice.drop()
    isShown(11...20, in: world)
  }

  @Test("what was left out because a queue was full was not taken, even if the rest of it was")
  func leftOut() throws {
    let world = try World(sendQueue: 65_536)
    let (alice, bob) = begin(world)
    alice.sink.isStalled = true
    let padding = String(repeating: "x", count: 380)
    for number in 1...190 { bob.send("PRIVMSG #tea :\(number) \(padding)") }
    alice.send("QUIT")
    world.wake(alice)
    let taken = texts(alice).count
    #expect(taken < 190)
    #expect(texts(world.account("alice", device: "desk")).count >= 190 - taken)
  }

  @Test("a device that becomes another account's has not shown the first one's what it had not taken")
  func changingOver() throws {
    let world = try World(store: store)
    world.account("carol").send("QUIT")
    let (alice, bob) = begin(world)
    alice.sink.isStalled = true
    say(1...20, bob)
    alice.send("AUTHENTICATE PLAIN")
    alice.send("AUTHENTICATE " + Base64.encode(Array("\0carol\0sesame".utf8)))
    isShown(1...20, in: world)
    alice.drop()
    isShown(nil, in: world)
  }

  @Test("a server that stops waits a moment for those who read, and shows the others later what they had not taken")
  func serverStops() throws {
    for (isStalled, isWoken) in [(false, false), (true, true), (true, false)] {
      let store = MemoryStore()
      let world = try World(store: store)
      let (alice, bob) = begin(world)
      alice.sink.isStalled = isStalled
      say(1...20, bob)
      world.shutDown()
      #expect(world.isFinished == !isStalled)
      if isWoken { world.wake(alice) } else { world.pass(seconds: 4) }
      #expect(world.isFinished)
      isShown(isStalled && !isWoken ? 1...20 : nil, in: try World(store: store))
    }
  }
  @Test("a server that stops keeps what each device has taken, also while the disk is slow")
  func serverStopsWithManyDevices() throws {
    for (isHeld, isBusy) in [(false, false), (true, false), (true, true)] {
      let store = MemoryStore()
      let world = try World(store: store)
      let (alice, bob) = begin(world)
      let others = ["laptop", "phone"].map { world.account("alice", device: $0) }
      world.account("dave").send("QUIT")
      let dave = world.account("dave", device: "desk")
      dave.send("JOIN #tea")
      others[1].sink.isStalled = true
      say(1...20, bob)
      world.isDiskHeld = isHeld
      // Its transaction is still to be answered when the server stops.
      if isBusy { bob.send("PRIVMSG #tea :21") }
      world.shutDown()
      world.isDiskHeld = false
      world.pass(seconds: 4)
      #expect(world.isFinished)
      #expect(alice.isClosed && others[0].isClosed && dave.isClosed)
      let next = try World(store: store)
      for (name, device) in [("alice", "desk"), ("alice", "laptop"), ("dave", "desk")] {
        #expect(texts(next.account(name, device: device)) == [], "\(name)@\(device)")
      }
      let missed = (1...(isBusy ? 21 : 20)).map(String.init)
      #expect(texts(next.account("alice", device: "phone")) == missed)
    }
  }
}
