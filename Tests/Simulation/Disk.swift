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

  func openStore(_ durability: SQLiteStore.Durability) throws(StoreError) -> SQLiteStore {
    try SQLiteStore(path: "/parley.db", durability: durability, vfs: name, makeSecret: { (0..<32).map { $0 } })
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
