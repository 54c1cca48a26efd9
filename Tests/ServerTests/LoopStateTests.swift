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

  @Test("What waits is known in bytes for all readers, until it is carried out")
  func waitingBytes() {
    let people = (0..<10).map { _ in connect(in: room) }
    #expect(state.waitingBytes == 0)
    let large = Delivery(line: [UInt8](repeating: 0x78, count: 400_000) + [13, 10], time: Timestamp(milliseconds: 0))
    state.sendQueueLimit = 1 << 30
    for _ in 0..<10 { state.enqueue([.deliver(large, to: .room(room, except: nil)), .send(people[0].id, [13, 10])]) }
    let all = 100 * large.size + 20
    #expect(state.waitingBytes == all)
    var before = all
    while state.work() {
      #expect(state.waitingBytes <= before)
      before = state.waitingBytes
    }
    #expect(state.waitingBytes == 0)
    for person in people.dropFirst() { #expect(person.sink.received.count == 10 * 400_002) }
  }

  @Test("Effects that come while there is always something left over are carried out in order")
  func alwaysMore() {
    let alice = connect(in: room)
    state.sendQueueLimit = 1 << 30
    let size = 1 << 20
    func enqueue(_ numbers: Range<Int>) {
      for number in numbers {
        let line = [UInt8](repeating: UInt8(number), count: size)
        state.enqueue([.deliver(Delivery(line: line, time: Timestamp(milliseconds: 0)), to: .connection(alice.id))])
      }
    }
    enqueue(0..<10)
    for turn in 0..<12 {
      _ = state.work()
      #expect(state.hasWork)
      enqueue(10 + 8 * turn..<18 + 8 * turn)
      #expect(state.waitingBytes < 20 * size)
    }
    while state.work() {}
    #expect(state.waitingBytes == 0)
    let received = stride(from: 0, to: alice.sink.received.count, by: size).map { Int(alice.sink.received[$0]) }
    #expect(received == Array(0..<106))
  }

  @Test("Loops are behind from much that waits until little does")
  func pressure() {
    let pressure = OutputPressure()
    var (one, two) = (false, false)
    pressure.update(&one, waiting: OutputPressure.high - 1)
    #expect(!pressure.isHigh)
    pressure.update(&one, waiting: OutputPressure.high)
    pressure.update(&two, waiting: OutputPressure.high)
    pressure.update(&one, waiting: OutputPressure.low)
    #expect(pressure.isHigh && one && two)
    pressure.update(&one, waiting: 0)
    pressure.update(&one, waiting: 0)
    #expect(pressure.isHigh && !one, "one of them is still behind")
    pressure.update(&two, waiting: OutputPressure.low - 1)
    #expect(!pressure.isHigh)
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

  @Test("A replay that ends early is not followed by what is new: the client would have a gap it does not know of")
  func closingWhileHeld() {
    let alice = connect(in: room)
    apply([
      .hold(alice.id), .send(alice.id, Array("old 1\r\n".utf8)), .deliver(line("new"), to: .room(room, except: nil)),
      .deliver(stored(3), to: .room(room, except: nil)), .close(alice.id, Array("ERROR\r\n".utf8)),
    ])
    #expect(alice.sink.text == "old 1\r\nERROR\r\n")
    #expect(alice.sink.isFinished)
    // Nor does the next connection in its slot get it.
    let bob = connect(in: room)
    apply([.hold(bob.id), .release(bob.id)])
    #expect(bob.sink.text.isEmpty)
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

  /// A message that is in the log.
  private func stored(_ position: LogPosition, size: Int = 90) -> Delivery {
    Delivery(
      line: Array("m\(position) \(String(repeating: "x", count: size))\r\n".utf8), time: Timestamp(milliseconds: 0),
      position: position)
  }

  private func messages(_ sink: FakeSink) -> [String] {
    sink.text.split(separator: "\r\n").map { String($0.prefix { $0 != " " }) }
  }

  @Test(
    "Who does not read is left out of what is in the log, and cut off when it has taken nothing for long; others are not"
  )
  func stalledReader() {
    let stalled = connect(in: room)
    let quick = connect(in: room)
    stalled.sink.isBlocked = true
    for number in 1...2_000 { apply([.deliver(stored(LogPosition(number)), to: .room(room, except: nil))]) }
    #expect(!stalled.sink.isCutOff && stalled.sink.queued.count <= 76_000)
    let skipping = state.takeSkipping()
    #expect(skipping.map(\.0) == [stalled.id])
    #expect(skipping.map(\.1) == [LogPosition(stalled.sink.queued.filter { $0 == 10 }.count)])
    for second in 0..<30 { #expect(state.watchReaders(at: Int64(second) * 1_000).allSatisfy { $0 != quick.id }) }
    #expect(state.takeCutOff().isEmpty)
    _ = state.watchReaders(at: 31_000)
    #expect(stalled.sink.isCutOff)
    #expect(state.takeCutOff() == [stalled.id])
    #expect(state.takeCutOff().isEmpty)
    #expect(state.memberCount(room) == 1)
    #expect(messages(quick.sink).count == 2_000 && !quick.sink.isCutOff)
  }

  @Test("Who reads slowly is never cut off, and is told of as alive; the rest is known to be missing once")
  func slowReader() throws {
    let slow = connect(in: room)
    slow.sink.isBlocked = true
    var position: LogPosition = 0
    var reports = 0
    for second in 0..<600 {
      for _ in 0..<20 {
        position += 1
        apply([.deliver(stored(position), to: .room(room, except: nil))])
      }
      slow.sink.take(100)
      reports += state.watchReaders(at: Int64(second) * 1_000).count
      #expect(!slow.sink.isCutOff && slow.sink.queued.count <= 100_000)
    }
    #expect(state.takeCutOff().isEmpty)
    #expect(reports > 50)
    #expect(state.takeBacklog(of: slow.id) != nil)
    #expect(state.takeBacklog(of: slow.id) == nil)
  }

  /// A PING stands behind so many bytes.
  private func ask(_ id: ConnectionID, behind bytes: Int) {
    apply([.send(id, [UInt8](repeating: 120, count: bytes)), .asked(id)])
  }

  /// In which seconds a connection is told of as alive.
  private func reports(_ id: ConnectionID, until end: Int, _ happen: (Int) -> Void = { _ in }) -> [Int] {
    (0..<end).filter { second in
      happen(second)
      return state.watchReaders(at: Int64(second) * 1_000) == [id]
    }
  }

  @Test("Who works its way to a PING is told of as alive, and no longer than it takes something")
  func wayToPing() throws {
    for isAnswering in [true, false] {
      let slow = connect()
      slow.sink.isBlocked = true
      ask(slow.id, behind: 60_000)
      let alive = reports(slow.id, until: 600) { second in
        if second < 200 { slow.sink.take(200) } else { slow.sink.isAnswering = isAnswering }
        // What stands behind the PING makes it no longer.
        if second % 10 == 0 { apply([.send(slow.id, Array("more\r\n".utf8))]) }
      }
      #expect(alive.first == 0 && zip(alive, alive.dropFirst()).allSatisfy { $1 - $0 == 10 })
      // 40,000 bytes have been taken by then: a system that is full may hide for a while that they are read.
      let last = try #require(alive.last)
      #expect(isAnswering ? (270...299).contains(last) : (190...209).contains(last))
      #expect(!slow.sink.isCutOff)
      state.remove(slow.id)
    }
  }

  @Test("What a peer's system has taken may be unread: there is time for it, as much as a slow reader needs")
  func unread() throws {
    for (bytes, count) in [(5_000, 0), (60_000, 18), (200_000, 72), (1 << 20, 96)] {
      let slow = connect()
      ask(slow.id, behind: bytes)
      let alive = reports(slow.id, until: 1_200) { _ in apply([.send(slow.id, Array("more\r\n".utf8))]) }
      #expect(alive.count == count)
      // It has answered: the same again counts from there.
      apply([.answered(slow.id)])
      ask(slow.id, behind: bytes)
      #expect(reports(slow.id, until: 20).isEmpty == (count == 0))
      apply([.answered(slow.id)])
      #expect(reports(slow.id, until: 100).isEmpty)
      state.remove(slow.id)
    }
  }

  @Test("Whether a peer has taken everything is told once, when it is known; what was left out was not taken")
  func receipts() {
    func told() -> [String] {
      state.lookForReceipts()
      return state.takeReceipts().map { "\($0.rawValue) \($1)" }
    }
    let (slow, gone, quick) = (connect(in: room), connect(in: room), connect(in: room))
    for sink in [slow.sink, gone.sink] { sink.isBlocked = true }
    apply([.deliver(line("1"), to: .room(room, except: nil))])
    apply([slow, gone, quick].enumerated().map { .reportTaken($1.id, JobID(UInt64($0))) })
    #expect(told() == ["2 true"] && state.awaitsReceipts)
    apply([.close(gone.id, []), .deliver(line("2"), to: .room(room, except: nil)), .reportTaken(gone.id, JobID(3))])
    gone.sink.isOver = true
    #expect(Set(told()) == ["1 false", "3 false"])
    slow.sink.take(2)
    #expect(told().isEmpty)
    slow.sink.take(10)
    #expect(told() == ["0 true"] && !state.awaitsReceipts)
    for number in 1...1_500 { apply([.deliver(stored(LogPosition(number)), to: .room(room, except: nil))]) }
    apply([.reportTaken(slow.id, JobID(4))])
    #expect(told() == ["4 false"])
  }

  @Test("One connection has one open receipt, and a peer that does not read is looked at less and less often")
  func manyReceipts() {
    func told() -> [String] { state.takeReceipts().map { "\($0.rawValue) \($1)" } }
    let (slow, other) = (connect(in: room), connect(in: room))
    for sink in [slow.sink, other.sink] { sink.isBlocked = true }
    apply([.deliver(line("1"), to: .room(room, except: nil))])
    for number in 1...100 { apply([.reportTaken(slow.id, JobID(UInt64(number)))]) }
    #expect(told() == (1...99).map { "\($0) false" })
    var now: Int64 = 0
    let before = slow.sink.looks
    while now < 10_000, let next = state.nextLookForReceipts(after: now) {
      #expect(next >= now + 10 && next <= now + 1_000)
      now = next
      state.lookForReceipts(at: now)
      if now == 100 { #expect(slow.sink.looks - before == 10) }
    }
    #expect(now >= 10_000 && slow.sink.looks - before < 80)
    // A new one does not wait for the old one's time.
    apply([.reportTaken(other.id, JobID(101))])
    #expect(state.nextLookForReceipts(after: now) == now + 10)
    let looks = slow.sink.looks
    other.sink.take(1_000)
    state.lookForReceipts(at: now + 10)
    #expect(told() == ["101 true"] && slow.sink.looks == looks)
    slow.sink.take(1_000)
    state.lookForReceipts(at: now + 1_000)
    #expect(told() == ["100 true"] && state.nextLookForReceipts(after: now) == nil)
    // What is taken at once leaves none open, and answers the one before.
    slow.sink.isBlocked = true
    apply([.deliver(line("2"), to: .room(room, except: nil)), .reportTaken(slow.id, JobID(102))])
    slow.sink.take(1_000)
    apply([.reportTaken(slow.id, JobID(103))])
    #expect(Set(told()) == ["102 true", "103 true"] && !state.awaitsReceipts)
  }

  @Test("After a hold the log's part of a backlog is complete: nothing is missing between it and what is new")
  func backlog() throws {
    let slow = connect(in: room)
    slow.sink.isBlocked = true
    for number in 1...1_500 { apply([.deliver(stored(LogPosition(number)), to: .room(room, except: nil))]) }
    slow.sink.isBlocked = false
    state.flush()
    slow.sink.flush()
    #expect(slow.sink.mustReportDrained)
    let backlog = try #require(state.takeBacklog(of: slow.id))
    let after = try #require(backlog.after)
    #expect(messages(slow.sink).last == "m\(after)" && !backlog.hasLostEvents)
    // Until the core holds it, everything else of the log is left out, too.
    apply([.deliver(stored(1_501), to: .room(room, except: nil))])
    apply([
      .hold(slow.id), .deliver(stored(1_502), to: .room(room, except: nil)),
      .send(slow.id, Array("replayed up to 1501\r\n".utf8)), .release(slow.id),
      .deliver(stored(1_503), to: .room(room, except: nil)),
    ])
    #expect(messages(slow.sink).suffix(3) == ["replayed", "m1502", "m1503"])
    #expect(state.takeBacklog(of: slow.id) == nil)
  }

  @Test("What is not in the log has the last part of the queue; it is left out only when that is full, too")
  func lostEvents() throws {
    let slow = connect(in: room)
    slow.sink.isBlocked = true
    for number in 1...1_000 { apply([.deliver(stored(LogPosition(number)), to: .room(room, except: nil))]) }
    apply([.deliver(line("JOIN"), to: .room(room, except: nil))])
    #expect(String(decoding: slow.sink.queued, as: UTF8.self).hasSuffix("JOIN\r\n"))
    let long = String(repeating: "x", count: 400)
    for _ in 0..<200 { apply([.deliver(line("QUIT \(long)"), to: .room(room, except: nil))]) }
    #expect(slow.sink.queued.count <= 100_000)
    #expect(state.takeBacklog(of: slow.id)?.hasLostEvents == true)
  }

  @Test("A volley of long messages disconnects nobody who reads, however small the send queue is")
  func volley() {
    let state = LoopState<FakeSink>(loop: 1, sendQueueLimit: 65_536)
    let sinks = (0..<10).map { _ in FakeSink() }
    for sink in sinks {
      let id = state.add(sink)
      state.apply([.registered(id), .join(id, room)])
    }
    state.apply((1...90).map { .deliver(stored(LogPosition($0), size: 80_000), to: .room(room, except: nil)) })
    state.flush()
    #expect(state.takeCutOff().isEmpty && state.takeSkipping().isEmpty)
    for sink in sinks { #expect(messages(sink).count == 90) }
  }

  @Test("While something is replayed only so much waits aside; the rest is left out and known to be missing")
  func slowReplay() {
    let alice = connect(in: room)
    apply(
      [.hold(alice.id)] + (1...300).map { .deliver(stored(LogPosition($0), size: 400), to: .room(room, except: nil)) })
    #expect(state.takeCutOff().isEmpty)
    apply([.release(alice.id)])
    let shown = messages(alice.sink)
    #expect(shown.count > 100 && shown.count < 300)
    #expect(state.takeBacklog(of: alice.id)?.after == LogPosition(shown.count))
  }

  @Test("Much work is done in turns, in order: somebody who comes or goes between them gets what is theirs")
  func turns() {
    let members = (0..<400).map { _ in connect(in: room) }
    let left = connect(in: room)
    let text = String(repeating: "y", count: 60_000)
    state.enqueue([
      .deliver(line("1 \(text)"), to: .room(room, except: nil)), .send(members[399].id, Array("own\r\n".utf8)),
      .deliver(line("2 \(text)"), to: .rooms([room], except: [members[0].id])),
    ])
    var turns = 1
    #expect(state.work())
    state.remove(left.id)
    let late = connectQuietly()
    #expect(late.id.slot == left.id.slot)
    while state.work() { turns += 1 }
    #expect(turns > 3)
    #expect(late.sink.text.isEmpty)
    #expect(messages(members[0].sink) == ["1"])
    #expect(messages(members[1].sink) == ["1", "2"])
    #expect(messages(members[399].sink) == ["1", "own", "2"])
  }

  private func connectQuietly() -> (id: ConnectionID, sink: FakeSink) {
    let sink = FakeSink()
    return (state.add(sink), sink)
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
