import IRC
import ParleyCore
import ParleyServer
import ParleyStore
import Testing

@Suite("Fan-out of one event loop")
struct LoopStateTests {
  private let state = LoopState<FakeSink>(loop: 1, sendQueueLimit: 100_000)
  private let room = RoomID(1)

  private func connect(_ capabilities: CapabilitySet = [], in rooms: RoomID...) -> (id: ConnectionID, sink: FakeSink) {
    let sink = FakeSink()
    let id = state.add(sink)
    apply([.registered(id), .capabilities(id, capabilities)] + rooms.map { .join(id, $0) })
    return (id, sink)
  }

  private func apply(_ effects: [LoopEffect]) {
    state.apply(effects)
    state.flush()
  }

  private func line(_ text: String) -> Delivery {
    Delivery(line: Array("\(text)\r\n".utf8), time: Timestamp(milliseconds: 0), messageID: "id-\(text)")
  }

  @Test("Deliveries are counted by the connections they were for")
  func deliveryCount() {
    let alice = connect(in: room)
    _ = connect(in: room)
    _ = connect(in: room)
    let stranger = connect()
    apply([
      .deliver(line("one"), to: .room(room, except: alice.id)),
      .deliver(line("two"), to: .room(room, except: stranger.id)),
      .deliver(line("three"), to: .connection(alice.id)), .deliver(line("four"), to: .room(room, except: nil)),
    ])
    #expect(state.deliveries == 2 + 3 + 1 + 3)
    apply([.deliver(line("five"), to: .everyone), .deliver(line("six"), to: .connections([alice.id, stranger.id]))])
    #expect(state.deliveries == 9 + 4 + 2)
  }

  @Test("A room's message reaches its members but not the sender, whose own echo keeps its place")
  func roomAndEcho() {
    let alice = connect(in: room)
    let bob = connect(in: room)
    let carol = connect()
    apply([
      .deliver(line("1"), to: .room(room, except: alice.id)), .send(alice.id, Array("echo 1\r\n".utf8)),
      .deliver(line("2"), to: .room(room, except: bob.id)), .send(bob.id, Array("echo 2\r\n".utf8)),
      .send(carol.id, Array("PONG\r\n".utf8)), .deliver(line("3"), to: .room(room, except: nil)),
    ])
    #expect(alice.sink.text == "echo 1\r\n2\r\n3\r\n")
    #expect(bob.sink.text == "1\r\necho 2\r\n3\r\n")
    #expect(carol.sink.text == "PONG\r\n")
  }

  @Test("Everything of one group of effects leaves in one flush")
  func oneFlush() {
    let alice = connect(in: room)
    let before = alice.sink.flushes
    apply((1...20).map { .deliver(line("\($0)"), to: .room(room, except: nil)) })
    #expect(alice.sink.flushes == before + 1)
  }

  @Test("Each gets the form its capabilities ask for, also within one run")
  func capabilities() {
    let plain = connect(in: room)
    let tagged = connect([.messageTags], in: room)
    let away = connect([.awayNotify], in: room)
    let notice = Delivery(line: Array("AWAY\r\n".utf8), requires: .awayNotify, time: Timestamp(milliseconds: 0))
    let join = Delivery(
      line: Array("JOIN\r\n".utf8), alternative: (.messageTags, Array("JOIN extended\r\n".utf8)),
      time: Timestamp(milliseconds: 0))
    apply([notice, join, line("hi")].map { .deliver($0, to: .room(room, except: nil)) })
    #expect(plain.sink.text == "JOIN\r\nhi\r\n")
    #expect(tagged.sink.text == "JOIN extended\r\n@msgid=id-hi hi\r\n")
    #expect(away.sink.text == "AWAY\r\nJOIN\r\nhi\r\n")
  }

  @Test("Effects for a connection that has gone do not reach the next one in its slot")
  func deadGeneration() {
    let alice = connect(in: room)
    #expect(state.remove(alice.id))
    #expect(!state.remove(alice.id))
    let bob = connect()
    #expect(bob.id.slot == alice.id.slot)
    #expect(bob.id != alice.id)
    apply([
      .send(alice.id, Array("late\r\n".utf8)), .join(alice.id, room), .close(alice.id, []),
      .deliver(line("1"), to: .room(room, except: nil)), .deliver(line("2"), to: .connection(alice.id)),
    ])
    #expect(bob.sink.text.isEmpty)
    #expect(!bob.sink.isFinished)
    #expect(state.memberCount(room) == 0)
  }

  @Test("Connections of other loops are not confused with ours")
  func otherLoop() {
    let alice = connect(in: room)
    let other = ConnectionID(loop: 0, slot: alice.id.slot, generation: alice.id.generation)
    apply([
      .send(other, Array("x\r\n".utf8)), .deliver(line("1"), to: .room(room, except: other)),
      .deliver(line("2"), to: .connections([other, alice.id])),
    ])
    #expect(alice.sink.text == "1\r\n2\r\n")
  }

  @Test("Somebody who shares several rooms gets a change of nick once")
  func union() {
    let second = RoomID(2)
    let alice = connect(in: room, second)
    let bob = connect(in: room, second)
    let carol = connect(in: second)
    apply([.deliver(line("NICK"), to: .rooms([room, second, RoomID(9)], except: [alice.id]))])
    #expect(alice.sink.text.isEmpty)
    #expect(bob.sink.text == "NICK\r\n")
    #expect(carol.sink.text == "NICK\r\n")
  }

  @Test("Everyone means everyone who has registered")
  func everyone() {
    let alice = connect()
    let stranger = FakeSink()
    _ = state.add(stranger)
    apply([.deliver(line("WALLOPS"), to: .everyone)])
    #expect(alice.sink.text == "WALLOPS\r\n")
    #expect(stranger.text.isEmpty)
  }

  @Test("What is new waits behind the replay of what was missed")
  func hold() {
    let alice = connect(in: room)
    apply([
      .hold(alice.id), .deliver(line("new 1"), to: .room(room, except: nil)), .send(alice.id, Array("old 1\r\n".utf8)),
      .deliver(line("new 2"), to: .room(room, except: nil)),
    ])
    #expect(alice.sink.text == "old 1\r\n")
    apply([
      .send(alice.id, Array("old 2\r\n".utf8)), .release(alice.id), .deliver(line("new 3"), to: .connection(alice.id)),
    ])
    #expect(alice.sink.text == "old 1\r\nold 2\r\nnew 1\r\nnew 2\r\nnew 3\r\n")
  }

  @Test("Closing sends the last word, behind everything else")
  func closing() {
    let alice = connect(in: room)
    apply([.deliver(line("1"), to: .room(room, except: nil)), .close(alice.id, Array("ERROR\r\n".utf8))])
    #expect(alice.sink.text == "1\r\nERROR\r\n")
    #expect(alice.sink.isFinished)
    #expect(state.count == 0)
    #expect(state.takeCutOff().isEmpty)
  }

  @Test("Who does not read is cut off and reported once; the others are not disturbed")
  func slowReader() {
    let slow = connect(in: room)
    let quick = connect(in: room)
    slow.sink.isBlocked = true
    for number in 1...2000 {
      apply([.deliver(line("\(number) \(String(repeating: "x", count: 90))"), to: .room(room, except: nil))])
    }
    #expect(slow.sink.isCutOff)
    #expect(state.takeCutOff() == [slow.id])
    #expect(state.takeCutOff().isEmpty)
    #expect(state.memberCount(room) == 1)
    #expect(quick.sink.received.count > 180_000)
    #expect(!quick.sink.isCutOff)
  }

  @Test("Nobody on hold can pile up more than the send queue may hold")
  func slowReplay() {
    let alice = connect(in: room)
    let long = String(repeating: "x", count: 400)
    apply([.hold(alice.id)] + (1...300).map { .deliver(line("\($0)\(long)"), to: .room(room, except: nil)) })
    #expect(state.takeCutOff() == [alice.id])
  }

  @Test("Pause, resume and slices reach the sink")
  func flowControl() {
    let alice = connect()
    apply([.pause(alice.id), .sendSlice(alice.id, Array("1\r\n".utf8))])
    #expect(!alice.sink.isReading)
    #expect(alice.sink.mustReportDrained)
    apply([.resume(alice.id)])
    #expect(alice.sink.isReading)
  }
}
