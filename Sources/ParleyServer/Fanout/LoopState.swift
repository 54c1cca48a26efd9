import IRC
public import ParleyCore
public import ParleyStore

/// What one event loop knows: its connections, which of them are in which room, and what has to be flushed.
///
/// It carries out the core's effects in order, without any I/O of its own: bytes go to sinks. A delivery is encoded
/// at most once for each set of capabilities that makes a difference, and a run of deliveries to one room becomes one
/// block of bytes that each member gets by a single copy.
///
/// Used by one thread at a time.
public final class LoopState<Sink: LoopSink> {
  /// Number of this loop: `ConnectionID.loop` of its connections.
  public let loop: Int
  /// Bytes that may be queued for one connection; with more it is cut off.
  public var sendQueueLimit: Int

  var slots: [Slot<Sink>] = []
  private var freeSlots: [Int32] = []
  var rooms: [RoomMembers] = []
  private var freeRooms: [Int32] = []
  private var roomNumbers: [RoomID: Int32] = [:]

  /// Effects that have not been carried out, with the bytes that they are for all their readers, and the number of the first of them.
  private var queue: [(effects: [LoopEffect], bytes: Int)] = []
  private var queuedBytes = 0
  private var nextList = 0
  private var nextEffect = 0
  /// Slots with something to flush, from `nextDirty` on.
  private var dirty: [Int32] = []
  private var nextDirty = 0
  private var cutOff: [ConnectionID] = []
  /// Bytes appended in this turn, and since everything was flushed.
  var turnBytes = 0
  private var unflushedBytes = 0
  private var lastStamp: UInt32 = 0
  var run = Run()
  /// Messages and events since the start, times the connections they were for.
  public internal(set) var deliveries = 0
  /// What connections on hold have to wait for, by slot.
  var held: [Int32: [UInt8]] = [:]
  /// Slow readers, by slot.
  var lags: [Int32: Lag] = [:]

  /// Whether connections take what they were sent: what has been asked, and what has been found out.
  var awaitedReceipts: [ObjectIdentifier: AwaitedReceipt<Sink>] = [:]
  /// Of the earliest of these.
  var nextReceiptLook = Int64.min
  var receipts: [(JobID, Bool)] = []

  /// Connections that have begun to be left out of deliveries, and after which position.
  var skipping: [(slot: Int, generation: UInt32, after: LogPosition)] = []

  /// A turn ends when it has appended so many bytes or flushed so many connections, so that what arrives meanwhile waits
  /// for milliseconds, not for seconds.
  static var turnLimit: Int { 8 << 20 }
  private static var flushesPerTurn: Int { 1024 }
  /// Nothing more is appended while so much waits to be flushed.
  private static var unflushedLimit: Int { 64 << 20 }

  public init(loop: Int, sendQueueLimit: Int) {
    self.loop = loop
    self.sendQueueLimit = sendQueueLimit
  }

  /// Connections at the moment.
  public private(set) var count = 0

  // MARK: - Connections

  /// Takes a new connection in. Its identifier has never been used before.
  public func add(_ sink: Sink) -> ConnectionID {
    let index: Int
    if let free = freeSlots.popLast() {
      index = Int(free)
    } else {
      index = slots.count
      slots.append(Slot())
    }
    slots[index].sink = sink
    count += 1
    return ConnectionID(loop: loop, slot: index, generation: slots[index].generation)
  }

  /// Forgets a connection, with its places in rooms. Effects for it are ignored from now on.
  /// - Returns: false if it was not known (any more): somebody else has ended it.
  @discardableResult
  public func remove(_ id: ConnectionID) -> Bool {
    guard let index = index(of: id) else { return false }
    while let place = slots[index].places.last { leave(index, place: slots[index].places.count - 1, place) }
    if slots[index].flags.contains(.held) { held[Int32(index)] = nil }
    lags[Int32(index)] = nil
    slots[index].firstBreak = -1
    slots[index].sink = nil
    slots[index].capabilities = []
    slots[index].askedAt = 0
    slots[index].answeredAt = 0
    slots[index].flags = slots[index].flags.intersection(.dirty)
    slots[index].places = []
    slots[index].generation &+= 1
    freeSlots.append(Int32(index))
    count -= 1
    return true
  }

  /// The sink of a connection that is there.
  public func sink(_ id: ConnectionID) -> Sink? { index(of: id).flatMap { slots[$0].sink } }

  /// All connections that are there, in no particular order.
  public func connections() -> [ConnectionID] {
    slots.indices.compactMap { index in
      slots[index].sink == nil ? nil : ConnectionID(loop: loop, slot: index, generation: slots[index].generation)
    }
  }

  /// Connections that were cut off because they did not read, since the last call. They are no longer here; the core
  /// has to be told with `disconnected(…, .sendQueueExceeded)`.
  public func takeCutOff() -> [ConnectionID] {
    guard !cutOff.isEmpty else { return [] }
    defer { cutOff = [] }
    return cutOff
  }

  /// Connections that are not given everything any more since the last call, and the position of the last that they were given.
  public func takeSkipping() -> [(ConnectionID, LogPosition)] {
    guard !skipping.isEmpty else { return [] }
    defer { skipping = [] }
    return skipping.map { (ConnectionID(loop: loop, slot: $0.slot, generation: $0.generation), $0.after) }
  }

  func index(of id: ConnectionID) -> Int? {
    let index = id.slot
    guard id.loop == loop, index < slots.count, slots[index].generation == id.generation, slots[index].sink != nil
    else { return nil }
    return index
  }

  // MARK: - Effects

  /// Carries out effects at once, behind those that wait. `flush()` must follow.
  public func apply(_ effects: [LoopEffect]) {
    enqueue(effects)
    while hasEffects {
      turnBytes = 0
      carryOut()
      if unflushedBytes >= Self.unflushedLimit { flush() }
    }
  }

  /// Puts effects behind those that wait for `work()`.
  public func enqueue(_ effects: [LoopEffect]) {
    guard !effects.isEmpty else { return }
    let bytes = effects.reduce(0) { $0 + self.bytes(of: $1) }
    queuedBytes += bytes
    queue.append((effects, bytes))
  }

  /// About how many bytes are written for it.
  private func bytes(of effect: LoopEffect) -> Int {
    switch effect {
    case .send(_, let bytes), .sendSlice(_, let bytes), .close(_, let bytes): bytes.count
    case .deliver(let delivery, let audience): delivery.size * readers(audience)
    case .capabilities, .join, .part, .registered, .guest, .pause, .resume, .hold, .release, .asked, .answered,
      .reportTaken:
      0
    }
  }

  private func readers(_ audience: Audience) -> Int {
    switch audience {
    case .connection: 1
    case .connections(let ids): ids.count
    case .room(let room, _): memberCount(room)
    case .rooms(let rooms, _): rooms.reduce(0) { $0 + memberCount($1) }
    case .everyone: count
    }
  }

  /// Bytes that wait to be written: a list of effects counts until all of it is carried out.
  public var waitingBytes: Int { queuedBytes + unflushedBytes }

  /// Effects wait, or what is left of them.
  public var hasWork: Bool { hasEffects || nextDirty < dirty.count }
  private var hasEffects: Bool { run.isActive || nextList < queue.count }

  /// Carries out a part of what waits, and flushes a part of what was appended to.
  /// - Returns: whether there is more to do: after the sockets have been looked at.
  public func work() -> Bool {
    turnBytes = 0
    if unflushedBytes < Self.unflushedLimit { carryOut() }
    flush(atMost: Self.flushesPerTurn)
    return hasWork
  }

  private func carryOut() {
    if run.isActive, !continueRun() { return }
    while nextList < queue.count {
      let effects = queue[nextList].effects
      while nextEffect < effects.count {
        if turnBytes >= Self.turnLimit { return }
        if let room = Run.room(of: effects[nextEffect]) {
          nextEffect = gatherRun(effects, from: nextEffect, to: room)
          if !continueRun() { return }
        } else {
          carryOut(effects[nextEffect])
          nextEffect += 1
        }
      }
      queuedBytes -= queue[nextList].bytes
      queue[nextList] = ([], 0)
      nextList += 1
      nextEffect = 0
      // More may be coming all the time.
      if nextList >= 64, nextList * 2 > queue.count {
        queue.removeFirst(nextList)
        nextList = 0
      }
    }
    queue.removeAll(keepingCapacity: true)
    nextList = 0
  }

  private func carryOut(_ effect: LoopEffect) {
    switch effect {
    case .deliver(let delivery, let audience):
      deliver(delivery, to: audience)
    case .send(let id, let bytes):
      send(bytes, to: id)
    case .sendSlice(let id, let bytes):
      guard let index = index(of: id) else { break }
      append(bytes, to: index)
      markDirty(index)
      slots[index].sink?.reportWhenDrained()
    case .capabilities(let id, let capabilities):
      if let index = index(of: id) { slots[index].capabilities = capabilities }
    case .join(let id, let room):
      if let index = index(of: id) { join(index, room) }
    case .part(let id, let room):
      if let index = index(of: id) { part(index, room) }
    case .registered(let id):
      guard let index = index(of: id) else { break }
      slots[index].flags.insert(.registered)
      slots[index].sink?.registered()
    case .guest(let id, let isGuest):
      sink(id)?.setGuest(isGuest)
    case .pause(let id):
      sink(id)?.setReading(false)
    case .resume(let id):
      sink(id)?.setReading(true)
    case .hold(let id):
      hold(id)
    case .release(let id):
      release(id)
    case .asked(let id):
      asked(id)
    case .answered(let id):
      if let index = index(of: id) { slots[index].answeredAt = slots[index].askedAt }
    case .reportTaken(let id, let job):
      awaitReceipt(id, job)
    case .close(let id, let bytes):
      close(id, bytes)
    }
  }

  /// Flushes everything that has been appended to.
  public func flush() { flush(atMost: .max) }

  private func flush(atMost count: Int) {
    let end = dirty.count - nextDirty > count ? nextDirty + count : dirty.count
    while nextDirty < end {
      let index = Int(dirty[nextDirty])
      nextDirty += 1
      slots[index].flags.remove(.dirty)
      guard let left = slots[index].sink?.flush(), left >= Lag.watchedBytes else { continue }
      watch(index)
    }
    if nextDirty == dirty.count {
      dirty.removeAll(keepingCapacity: true)
      nextDirty = 0
      unflushedBytes = 0
    }
  }

  private func send(_ bytes: [UInt8], to id: ConnectionID) {
    if let index = index(of: id) { append(bytes, to: index) }
  }

  private func close(_ id: ConnectionID, _ bytes: [UInt8]) {
    guard let index = index(of: id), let sink = slots[index].sink else { return }
    // What is kept aside is dropped: sent now it would hide that something before it has not been replayed yet.
    append(bytes, to: index)
    remove(id)
    sink.finish()
  }

  /// Drops a connection whose peer does not read.
  func cutOff(_ index: Int) {
    guard let sink = slots[index].sink else { return }
    let id = ConnectionID(loop: loop, slot: index, generation: slots[index].generation)
    remove(id)
    cutOff.append(id)
    sink.cutOff()
  }

  // MARK: - Bytes

  func append(_ bytes: [UInt8], to index: Int) {
    bytes.withUnsafeBytes { bytes in
      slots.withUnsafeMutableBufferPointer { append(bytes, to: &$0[index], index) }
    }
  }

  /// Bytes straight to the connection.
  @inline(__always)
  func append(_ bytes: UnsafeRawBufferPointer, to slot: inout Slot<Sink>, _ index: Int) {
    guard !bytes.isEmpty, let sink = slot.sink else { return }
    let queued = sink.append(bytes)
    turnBytes += bytes.count
    unflushedBytes += bytes.count
    if !slot.flags.contains(.dirty) {
      slot.flags.insert(.dirty)
      dirty.append(Int32(index))
    }
    if queued > messageLimit { crowd(&slot, sink) }
  }

  func markDirty(_ index: Int) {
    guard !slots[index].flags.contains(.dirty) else { return }
    slots[index].flags.insert(.dirty)
    dirty.append(Int32(index))
  }

  /// A number no slot is stamped with.
  func nextStamp() -> UInt32 {
    lastStamp &+= 1
    if lastStamp == 0 {
      for index in slots.indices { slots[index].stamp = 0 }
      lastStamp = 1
    }
    return lastStamp
  }

  // MARK: - Rooms

  func roomNumber(_ room: RoomID) -> Int? { roomNumbers[room].map(Int.init) }

  private func join(_ index: Int, _ room: RoomID) {
    let number: Int
    if let known = roomNumbers[room] {
      number = Int(known)
      if slots[index].places.contains(where: { $0.room == known }) { return }
    } else if let free = freeRooms.popLast() {
      number = Int(free)
      rooms[number].id = room
      roomNumbers[room] = free
    } else {
      number = rooms.count
      rooms.append(RoomMembers(id: room))
      roomNumbers[room] = Int32(number)
    }
    let position = Int32(rooms[number].members.count)
    rooms[number].members.append(Member(slot: Int32(index), place: Int32(slots[index].places.count)))
    slots[index].places.append(Place(room: Int32(number), position: position))
  }

  private func part(_ index: Int, _ room: RoomID) {
    guard let number = roomNumbers[room],
      let place = slots[index].places.firstIndex(where: { $0.room == number })
    else { return }
    leave(index, place: place, slots[index].places[place])
  }

  /// Takes a slot out of a room: on both sides the last entry moves into the gap, and its counterpart learns its new
  /// place.
  private func leave(_ index: Int, place number: Int, _ place: Place) {
    let room = Int(place.room)
    let lastMember = rooms[room].members.removeLast()
    if Int(place.position) < rooms[room].members.count {
      rooms[room].members[Int(place.position)] = lastMember
      slots[Int(lastMember.slot)].places[Int(lastMember.place)].position = place.position
    }
    let lastPlace = slots[index].places.removeLast()
    if number < slots[index].places.count {
      slots[index].places[number] = lastPlace
      rooms[Int(lastPlace.room)].members[Int(lastPlace.position)].place = Int32(number)
    }
    if rooms[room].members.isEmpty {
      roomNumbers[rooms[room].id] = nil
      rooms[room].members = []
      freeRooms.append(place.room)
    }
  }

  /// How many connections of this loop are in the room.
  public func memberCount(_ room: RoomID) -> Int { roomNumbers[room].map { rooms[Int($0)].members.count } ?? 0 }
}

/// One connection of a loop.
struct Slot<Sink: LoopSink> {
  /// nil: free.
  var sink: Sink?
  var capabilities: CapabilitySet = []
  /// Raised whenever the slot becomes free.
  var generation: UInt32 = 1
  /// The last audience this connection was counted in, or left out of.
  var stamp: UInt32 = 0
  /// First and last of this connection's exceptions from the run at hand; -1: none.
  var firstBreak: Int32 = -1
  var lastBreak: Int32 = -1
  /// Bytes up to the end of the last PING, and of the last one that was answered.
  var askedAt = 0
  var answeredAt = 0
  var flags: SlotFlags = []
  var places: [Place] = []
}

struct SlotFlags: OptionSet {
  let rawValue: UInt8
  static let registered = SlotFlags(rawValue: 1)
  static let dirty = SlotFlags(rawValue: 2)
  /// Deliveries wait aside.
  static let held = SlotFlags(rawValue: 4)
  /// Its queue was nearly full: each delivery is looked at by itself.
  static let crowded = SlotFlags(rawValue: 8)
  /// It is in `lags`.
  static let watched = SlotFlags(rawValue: 16)
  /// Deliveries do not simply go behind what is queued.
  static let particular: SlotFlags = [.held, .crowded]
}

/// A connection's entry for a room it is in, and where in the room's list it stands.
struct Place {
  var room: Int32
  var position: Int32
}

/// A room's entry for a connection in it, and where in the connection's list the room stands.
struct Member {
  let slot: Int32
  var place: Int32
}

struct RoomMembers {
  var id: RoomID
  var members: [Member] = []
}
