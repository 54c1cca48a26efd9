internal import SQLite

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A database connection behind a lock, with what is prepared on it.
///
/// `@unchecked`: the connection is used only while the lock is held. The lock may be taken again by the thread that
/// has it, so that a reader that shares the writer's connection can be asked in the middle of a transaction.
final class Connection: @unchecked Sendable {
  let database: Database
  let messages: MessageQueries
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init(_ database: sending Database) {
    self.database = database
    messages = MessageQueries(database: database)
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
    pthread_mutex_init(mutex, &attributes)
    pthread_mutexattr_destroy(&attributes)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func lock() { pthread_mutex_lock(mutex) }
  func unlock() { pthread_mutex_unlock(mutex) }

  /// Runs `body` with the lock held.
  func locked<R>(_ body: (Database) throws(SQLiteError) -> R) throws(SQLiteError) -> R {
    lock()
    defer { unlock() }
    return try body(database)
  }

  /// Runs `body` with the lock held, and one view of the file for all its statements.
  func reading<R>(_ body: (Database) throws(SQLiteError) -> R) throws(SQLiteError) -> R {
    lock()
    defer { unlock() }
    if database.isInTransaction { return try body(database) }
    try database.beginReading()
    defer { database.rollBack() }
    return try body(database)
  }

  /// Makes an empty file that only its owner may read, unless there is one. SQLite's other files copy its permissions.
  static func createPrivateFile(_ path: String) {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    // SQLite finds words for what is wrong.
    if descriptor >= 0 { close(descriptor) }
  }
}
