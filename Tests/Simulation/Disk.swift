import CSimulatedDisk
import ParleyCache
import ParleyStore
import SQLite
import Synchronization

/// A disk that outlives the crashes of the process that uses it: a server's, or an engine's.
final class Disk {
  static let full: Int32 = 13
  static let inputOutput: Int32 = 10

  private static let count = Atomic<Int>(0)

  private let name: String
  private let disk: OpaquePointer

  init(seed: UInt64) {
    name = "simulation-\(Self.count.add(1, ordering: .relaxed).newValue)"
    guard let disk = simulated_disk_create(name, seed) else { fatalError("no memory for a disk") }
    self.disk = disk
  }

  deinit { simulated_disk_destroy(disk) }

  /// - Parameter epoch: what the server's run draws its epoch from; nil: it begins none, as a broken build does.
  func openStore(
    _ durability: SQLiteStore.Durability, epoch: EpochSeed? = nil
  ) throws(StoreError) -> SQLiteStore {
    try SQLiteStore(
      path: "/parley.db", durability: durability, vfs: name, epoch: epoch, makeSecret: { (0..<32).map { $0 } })
  }

  static let mark = "/parley.epoch"

  var hasCopy: Bool { Database.exists(path: "/copy.db", vfs: name) }

  /// Makes room for a new backup.
  func removeCopy() {
    for path in ["/copy.db", "/copy.db-journal", "/copy.epoch", "/copy.epoch-journal"] {
      try? Database.remove(path: path, vfs: name)
    }
  }

  /// The mark as a snapshot of the whole machine has it.
  func copyMark() throws(SQLiteError) { try copy(Self.mark, to: "/copy.epoch") }

  /// Puts the backup in the place of the database.
  /// - Parameter withMark: the mark goes back to what it was, too.
  func restoreCopy(withMark: Bool) throws(SQLiteError) {
    for suffix in ["", "-wal", "-shm", "-journal"] { try Database.remove(path: "/parley.db" + suffix, vfs: name) }
    try copy("/copy.db", to: "/parley.db")
    guard withMark else { return }
    for suffix in ["", "-journal"] { try Database.remove(path: Self.mark + suffix, vfs: name) }
    try copy("/copy.epoch", to: Self.mark)
  }

  private func copy(_ path: String, to target: String) throws(SQLiteError) {
    guard Database.exists(path: path, vfs: name) else { return }
    let source = try Database(path: path, access: .query, vfs: name)
    let copy = try Database(path: target, access: .create, vfs: name)
    try copy.execute("PRAGMA synchronous = FULL")
    try source.copy(into: copy)
  }

  func openCache() throws(SQLiteError) -> Cache { try Cache(path: "/engine.db", vfs: name) }

  /// The engine's file behind the engine's back: for broken builds.
  func openFile() throws(SQLiteError) -> Database { try Database(path: "/engine.db", access: .readWrite, vfs: name) }

  var crashes: Int { Int(simulated_disk_crashes(disk)) }

  func crash() { simulated_disk_crash(disk) }
  /// - Parameter n: 1 is the next operation; 0: no crash is wanted any more.
  func crash(at n: Int) { simulated_disk_crash_at(disk, UInt64(n)) }
  func fail(at n: Int, _ code: Int32) { simulated_disk_fail_at(disk, UInt64(n), code) }
  /// - Parameter bytes: negative: no limit.
  func setBudget(_ bytes: Int) { simulated_disk_set_budget(disk, Int64(bytes)) }

  /// Everything works from now on.
  func repair() {
    crash(at: 0)
    fail(at: 0, 0)
    setBudget(-1)
  }
}
