import IRC
import ParleyCore
import ParleyStore

/// Deliveries to one audience, one after the other, and what individual connections get differently.
///
/// Its arrays are kept from one run to the next.
struct Run {
  /// Something that happens to one connection before the delivery with that number.
  struct Break {
    enum Kind {
      /// It does not get this delivery.
      case skip
      /// It gets the bytes of the `send` effect with this number.
      case send(effect: Int)
      /// It alone (of those in the run) gets this delivery.
      case deliver(Delivery)
    }
    let delivery: Int
    let kind: Kind
    /// The connection's next break; -1: none.
    var next: Int32 = -1
  }

  /// All deliveries as connections with certain capabilities get them.
  struct Block {
    var key: CapabilitySet = []
    var bytes: [UInt8] = []
    /// Where each delivery ends in `bytes`.
    var ends: [Int] = []
  }

  private(set) var deliveries: [Delivery] = []
  var breaks: [Break] = []
  /// Slots with breaks.
  var special: [Int32] = []
  /// Capabilities that make a difference to any of the deliveries.
  private(set) var relevant: CapabilitySet = Delivery.tagCapabilities

  private var blocks: [Block] = []
  private var blockCount = 0
  /// Deliveries in a run, at most, and their bytes: a block should stay in the processor's cache while it is copied to
  /// everybody, and fit into a send queue.
  static let longest = 256
  static let largest = 65_536
  private(set) var size = 0
  /// One delivery that is larger: whether it fits is asked for each member.
  var isLarge: Bool { size > Self.largest }

  /// The members the run is for, and who of them is next. A run for many is carried out in several turns.
  private(set) var members: [Member] = []
  /// Of the members' slots, once the run has been interrupted.
  private(set) var generations: [UInt32] = []
  var nextMember = 0
  private(set) var isActive = false
  /// The effects among which its `send`s stand.
  private(set) var effects: [LoopEffect] = []

  mutating func begin() {
    deliveries.removeAll(keepingCapacity: true)
    breaks.removeAll(keepingCapacity: true)
    special.removeAll(keepingCapacity: true)
    relevant = Delivery.tagCapabilities
    blockCount = 0
    size = 0
  }

  func hasRoom(for delivery: Delivery) -> Bool {
    deliveries.isEmpty || (deliveries.count < Self.longest && size + delivery.size <= Self.largest)
  }

  mutating func append(_ delivery: Delivery) {
    size += delivery.size
    deliveries.append(delivery)
    relevant = relevant.union(delivery.relevant)
  }

  /// The number of the block for a connection with these capabilities, encoded now if it is the first one.
  @inline(__always)
  mutating func blockNumber(for capabilities: CapabilitySet) -> Int {
    let key = capabilities.intersection(relevant)
    for number in 0..<blockCount where blocks[number].key == key { return number }
    return encode(key)
  }

  private mutating func encode(_ key: CapabilitySet) -> Int {
    if blockCount == blocks.count { blocks.append(Block()) }
    blocks[blockCount].key = key
    blocks[blockCount].bytes.removeAll(keepingCapacity: true)
    blocks[blockCount].ends.removeAll(keepingCapacity: true)
    for delivery in deliveries {
      if delivery.encodingKey(key) != nil { delivery.encode(for: key, into: &blocks[blockCount].bytes) }
      blocks[blockCount].ends.append(blocks[blockCount].bytes.count)
    }
    blockCount += 1
    return blockCount - 1
  }

  /// The bytes of some deliveries, in one piece.
  @inline(__always)
  func withBytes<Result>(
    of block: Int, _ deliveries: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    let start = deliveries.lowerBound == 0 ? 0 : blocks[block].ends[deliveries.lowerBound - 1]
    let end = deliveries.upperBound == 0 ? 0 : blocks[block].ends[deliveries.upperBound - 1]
    return blocks[block].bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start..<end])) }
  }

  // MARK: - Turns

  /// A delivery that can stand in a run, and for which room.
  static func room(of effect: LoopEffect) -> RoomID? {
    guard case .deliver(_, let audience) = effect else { return nil }
    switch audience {
    case .room(let room, _): return room
    case .rooms(let rooms, _): return rooms.count == 1 ? rooms[0] : nil
    case .connection, .connections, .everyone: return nil
    }
  }

  mutating func start(for members: [Member], among effects: [LoopEffect]) {
    self.members = members
    self.effects = effects
    nextMember = 0
    generations.removeAll(keepingCapacity: true)
    isActive = true
  }

  /// The run goes on in another turn: until then slots may come to belong to others.
  mutating func interrupt(_ generation: (Int) -> UInt32) {
    if generations.isEmpty { generations = members.map { generation(Int($0.slot)) } }
  }

  mutating func end() {
    isActive = false
    members = []
    effects = []
  }

  /// Gives back what an unusually long run needed.
  mutating func trim() {
    if breaks.capacity > 4096 { breaks = [] }
    if special.capacity > 4096 { special = [] }
    if blockCount > 8 { blocks.removeLast(blocks.count - 8) }
    for number in blocks.indices where blocks[number].bytes.capacity > 1 << 18 { blocks[number].bytes = [] }
    deliveries.removeAll(keepingCapacity: true)
  }
}

extension LoopState {
  /// Takes a run of deliveries to one room together, with the bytes for single connections that stand among them: those
  /// who are in no way special get everything in one piece. `continueRun()` must follow.
  /// - Returns: the number of the first effect that is not part of the run.
  func gatherRun(_ effects: [LoopEffect], from first: Int, to room: RoomID) -> Int {
    run.begin()
    var next = first
    gathering: while next < effects.count {
      switch effects[next] {
      case .deliver(let delivery, .room(room, let except)):
        guard run.hasRoom(for: delivery) else { break gathering }
        if let except, let index = index(of: except) { add(.skip, index) }
        run.append(delivery)
      case .deliver(let delivery, .rooms(let rooms, let except)):
        guard rooms.count == 1, rooms[0] == room, run.hasRoom(for: delivery) else { break gathering }
        for id in except {
          if let index = index(of: id), !isSkipped(index) { add(.skip, index) }
        }
        run.append(delivery)
      case .send(let id, _):
        if let index = index(of: id) { add(.send(effect: next), index) }
      case .deliver(let delivery, .connection(let id)):
        if let index = index(of: id) { add(.deliver(delivery), index) }
      case .deliver(let delivery, .connections(let ids)):
        for id in ids {
          if let index = index(of: id) { add(.deliver(delivery), index) }
        }
      default: break gathering
      }
      next += 1
    }
    run.start(for: roomNumber(room).map { rooms[$0].members } ?? [], among: effects)
    return next
  }

  /// The connection is left out of the delivery that comes next already.
  private func isSkipped(_ index: Int) -> Bool {
    guard slots[index].firstBreak >= 0 else { return false }
    let last = run.breaks[Int(slots[index].lastBreak)]
    if case .skip = last.kind { return last.delivery == run.deliveries.count }
    return false
  }

  private func add(_ kind: Run.Break.Kind, _ index: Int) {
    let number = Int32(run.breaks.count)
    run.breaks.append(Run.Break(delivery: run.deliveries.count, kind: kind))
    if slots[index].firstBreak < 0 {
      slots[index].firstBreak = number
      run.special.append(Int32(index))
    } else {
      run.breaks[Int(slots[index].lastBreak)].next = number
    }
    slots[index].lastBreak = number
  }

  /// Carries out the run at hand, or as much of it as a turn allows.
  /// - Returns: whether it is done.
  func continueRun() -> Bool {
    let all = 0..<run.deliveries.count
    let members = run.members
    let wasInterrupted = !run.generations.isEmpty
    for number in run.nextMember..<members.count {
      let index = Int(members[number].slot)
      if wasInterrupted, slots[index].generation != run.generations[number] { continue }
      deliveries &+= all.count
      let block = run.blockNumber(for: slots[index].capabilities)
      if slots[index].firstBreak >= 0 {
        deliverPieces(block: block, to: index)
      } else {
        deliver(all, of: block, to: index)
      }
      if turnBytes >= Self.turnLimit {
        run.nextMember = number + 1
        run.interrupt { slots[$0].generation }
        return false
      }
    }
    for index in run.special { deliverPieces(block: nil, to: Int(index)) }
    run.trim()
    run.end()
    return true
  }

  /// Some of the run's deliveries.
  @inline(__always)
  private func deliver(_ range: Range<Int>, of block: Int, to index: Int) {
    if run.isLarge || !slots[index].flags.isDisjoint(with: .particular) {
      return deliverSingly(range, of: block, to: index)
    }
    run.withBytes(of: block, range) { append($0, to: &slots[index], index) }
  }

  private func deliverSingly(_ range: Range<Int>, of block: Int, to index: Int) {
    for number in range {
      let position = run.deliveries[number].position
      run.withBytes(of: block, number..<number + 1) { deliver($0, at: position, to: &slots[index], index) }
    }
  }

  /// What a connection with breaks gets, in order. Afterwards it has none.
  /// - Parameter block: nil for a connection outside the room.
  private func deliverPieces(block: Int?, to index: Int) {
    var number = slots[index].firstBreak
    guard number >= 0 else { return }
    slots[index].firstBreak = -1
    var next = 0
    while number >= 0 {
      let point = run.breaks[Int(number)]
      number = point.next
      if let block, next < point.delivery {
        deliver(next..<point.delivery, of: block, to: index)
      }
      next = point.delivery
      switch point.kind {
      case .skip:
        next += 1
        if block != nil { deliveries &-= 1 }
      case .send(let effect):
        if case .send(_, let bytes) = run.effects[effect] { append(bytes, to: index) }
      case .deliver(let delivery): deliver(delivery, toSlot: index)
      }
    }
    if let block, next < run.deliveries.count {
      deliver(next..<run.deliveries.count, of: block, to: index)
    }
  }

  /// One delivery to one connection.
  func deliver(_ delivery: Delivery, toSlot index: Int) {
    guard let key = delivery.encodingKey(slots[index].capabilities) else { return }
    deliveries &+= 1
    var bytes: [UInt8] = []
    bytes.reserveCapacity(delivery.line.count + 160)
    delivery.encode(for: key, into: &bytes)
    let isParticular = bytes.count > Run.largest || !slots[index].flags.isDisjoint(with: .particular)
    bytes.withUnsafeBytes {
      if isParticular {
        deliver($0, at: delivery.position, to: &slots[index], index)
      } else {
        append($0, to: &slots[index], index)
      }
    }
  }

  /// A delivery outside any run.
  func deliver(_ delivery: Delivery, to audience: Audience) {
    switch audience {
    case .connection(let id):
      if let index = index(of: id) { deliver(delivery, toSlot: index) }
    case .connections(let ids):
      begin(with: delivery)
      for id in ids {
        if let index = index(of: id) { deliverOnly(to: index) }
      }
    case .room(let room, let except):
      deliver(delivery, to: .rooms([room], except: except.map { [$0] } ?? []))
    case .rooms(let rooms, let except):
      begin(with: delivery)
      let stamp = nextStamp()
      for id in except {
        if let index = index(of: id) { slots[index].stamp = stamp }
      }
      for room in rooms {
        guard let number = roomNumber(room) else { continue }
        for member in self.rooms[number].members where slots[Int(member.slot)].stamp != stamp {
          slots[Int(member.slot)].stamp = stamp
          deliverOnly(to: Int(member.slot))
        }
      }
    case .everyone:
      begin(with: delivery)
      for index in slots.indices where slots[index].flags.contains(.registered) { deliverOnly(to: index) }
    }
  }

  private func begin(with delivery: Delivery) {
    run.begin()
    run.append(delivery)
  }

  private func deliverOnly(to index: Int) {
    deliveries &+= 1
    let block = run.blockNumber(for: slots[index].capabilities)
    deliver(0..<1, of: block, to: index)
  }
}
