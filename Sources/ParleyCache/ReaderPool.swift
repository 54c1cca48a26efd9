internal import SQLite

#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Connections for reading: one for each read that runs at the same time, so that a long search does not delay others.
///
/// Connections are made when they are needed, and kept. With all of them in use a read waits for one of them.
///
/// `@unchecked`: the state is used with the mutex only.
final class ReaderPool: @unchecked Sendable {
  /// Each has two descriptors and up to 2 MiB of pages.
  private static let most = 4

  private struct State {
    var connections: [Connection]
    /// How many reads use each of them, or wait for it.
    var uses: [Int]
  }

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var state: State
  /// Of the file; nil: in memory, where the writer's connection is the only one.
  private let file: (path: String, vfs: String?)?

  init(_ connection: Connection, file: (path: String, vfs: String?)?) {
    state = State(connections: [connection], uses: [0])
    self.file = file
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  static func connect(path: String, vfs: String?) throws(SQLiteError) -> Connection {
    let database = try Database(path: path, access: .query, vfs: vfs)
    database.setBusyTimeout(milliseconds: 2_000)
    try database.execute("PRAGMA cache_size = -2048")
    try database.execute("PRAGMA temp_store = MEMORY")
    return Connection(database)
  }

  func use<R>(_ body: (Connection) throws(SQLiteError) -> R) throws(SQLiteError) -> R {
    let (connection, place) = take()
    defer { release(place) }
    return try body(connection)
  }

  private func release(_ place: Int) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    state.uses[place] -= 1
  }

  private func take() -> (Connection, Int) {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var place = state.uses.indices.min { state.uses[$0] < state.uses[$1] } ?? 0
    // Without a free descriptor the ones there are have to do.
    if state.uses[place] > 0, state.connections.count < Self.most, let file,
      let connection = try? Self.connect(path: file.path, vfs: file.vfs)
    {
      state.connections.append(connection)
      state.uses.append(0)
      place = state.connections.count - 1
    }
    state.uses[place] += 1
    return (state.connections[place], place)
  }
}
