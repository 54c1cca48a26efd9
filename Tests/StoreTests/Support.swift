import CSimulatedDisk
import Foundation
import IRC
import ParleyStore
import SQLite
import Synchronization
import Testing

/// Where a store's files are: opened, closed and opened again. Gone with the object.
protocol Place: AnyObject {
  func open() throws(StoreError) -> any Store
}

/// An implementation of `Store` that has to conform.
struct StoreKind: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var makePlace: @Sendable () throws -> any Place

  static let all = [
    StoreKind(testDescription: "SQLite on a file system") { try Folder() },
    StoreKind(testDescription: "SQLite on a simulated disk") { SimulatedDisk(seed: 1) },
  ]
}

/// SQLite's files in a temporary folder.
final class Folder: Place {
  let path: String

  init() throws {
    var template = Array("\(FileManager.default.temporaryDirectory.path)/parley-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw CocoaError(.fileWriteUnknown) }
    path = String(cString: made)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var file: String { path + "/parley.db" }
  func open() throws(StoreError) -> any Store { PlacedStore(try open(.serve), in: self) }

  func open(_ mode: SQLiteStore.Mode) throws(StoreError) -> SQLiteStore {
    try SQLiteStore(path: file, mode: mode, makeSecret: { (0..<32).map { $0 } })
  }
}

/// SQLite's files on a disk that crashes and fails on demand.
final class SimulatedDisk: Place {
  private static let count = Atomic<Int>(0)

  let name: String
  let disk: OpaquePointer
  let path = "/parley.db"
  var durability = SQLiteStore.Durability.full

  init(seed: UInt64) {
    name = "simulated-\(Self.count.add(1, ordering: .relaxed).newValue)"
    guard let disk = simulated_disk_create(name, seed) else { fatalError("no disk") }
    self.disk = disk
  }

  deinit { simulated_disk_destroy(disk) }

  func open() throws(StoreError) -> any Store {
    PlacedStore(
      try SQLiteStore(path: path, durability: durability, vfs: name, makeSecret: { (0..<32).map { $0 } }), in: self)
  }

  var operations: UInt64 { simulated_disk_operations(disk) }
  var reads: UInt64 { simulated_disk_reads(disk) }
  var crashes: UInt64 { simulated_disk_crashes(disk) }
  func crash() { simulated_disk_crash(disk) }
  func crash(at n: UInt64) { simulated_disk_crash_at(disk, n) }
  func fail(at n: UInt64, _ code: Int32) { simulated_disk_fail_at(disk, n, code) }
  func setBudget(_ bytes: Int64) { simulated_disk_set_budget(disk, bytes) }
}

/// A store that keeps its place alive.
private final class PlacedStore: Store {
  private let store: any Store
  private let place: any Place

  init(_ store: any Store, in place: any Place) {
    self.store = store
    self.place = place
  }

  func load() throws(StoreError) -> Snapshot { try store.load() }
  func commit(_ batch: [Transaction]) throws(StoreError) -> [Outcome] { try store.commit(batch) }
  func reader() throws(StoreError) -> any StoreReader { try store.reader() }
  func maintain() throws(StoreError) -> Bool { try store.maintain() }
  func keep(_ clock: ClockRecord, now: Timestamp) { store.keep(clock, now: now) }
  var reporter: StoreReporter { store.reporter }
  func changedElsewhere() throws(StoreError) -> Bool { try store.changedElsewhere() }
  func backup(to path: String) throws(StoreError) { try store.backup(to: path) }
  func check() throws(StoreError) -> [String] { try store.check() }
  func close() { store.close() }
}

// MARK: - Material

let lobby = Conversation.room(RoomID(1))
let alice = Identity(rawValue: 11)
let bob = Identity(rawValue: 12)
let guest = Identity.guest(random: 0x1234_5678_9abc_def0)

func nick(_ identity: Identity) -> String {
  switch identity {
  case alice: "alice"
  case bob: "bob"
  default: "guest"
  }
}

func message(
  _ text: String, from sender: Identity = alice, to conversation: Conversation = lobby, at time: Int64 = 1_000,
  key: IdempotencyKey? = nil, as source: String? = nil, target: String? = nil, kind: EventKind = .message,
  tags: String = ""
) -> NewEvent {
  var name = "#lobby"
  if case .direct(let low, let high) = conversation { name = nick(low == sender ? high : low) }
  return NewEvent(
    conversation: conversation, kind: kind, sender: sender, source: source ?? "\(nick(sender))!user@host",
    account: sender.account == nil ? "" : nick(sender), target: target ?? name, text: text, clientTags: tags,
    time: Timestamp(milliseconds: time), key: key)
}

func key(_ counter: Int64, hash: Int64 = 7, device: String = "phone") -> IdempotencyKey {
  IdempotencyKey(device: device, counter: counter, bodyHash: hash)
}

func account(_ id: Int64, _ name: String) -> AccountRecord {
  AccountRecord(id: AccountID(id), name: name, nick: name, verifier: nil, registeredAt: Timestamp(milliseconds: 5))
}

func room(_ id: Int64, _ name: String) -> RoomRecord {
  RoomRecord(id: RoomID(id), name: name, createdAt: Timestamp(milliseconds: 5))
}

extension Store {
  /// Commits one append and expects it to be new.
  @discardableResult
  func append(_ event: NewEvent) throws -> Receipt {
    let outcomes = try commit([Transaction(.append(event))])
    guard case .committed(let receipts) = outcomes[0] else { throw Unexpected(outcome: outcomes[0]) }
    return receipts[0]
  }

  func outcome(_ changes: Change...) throws -> Outcome { try commit([Transaction(changes)])[0] }

  /// Where a room has ended, nothing is kept.
  func makeLobby() throws { _ = try outcome(.putRoom(room(1, "#lobby"))) }

  /// Until nothing is left to do.
  func maintainFully() throws { while try maintain() {} }
}

extension StoreReader {
  func texts(
    _ range: HistoryRange, in conversation: Conversation = lobby, limit: Int = 100, from first: Int64 = 1
  ) throws -> [String] {
    try history(HistoryQuery(conversation: conversation, range: range, limit: limit, firstSequence: first)).map(\.text)
  }
}

struct Unexpected: Error { var outcome: Outcome }

extension Outcome {
  var receipt: Receipt? {
    switch self {
    case .committed(let receipts): receipts.first
    case .duplicate(let receipt): receipt
    case .refused: nil
    }
  }
}
