internal import SQLite
internal import Synchronization

/// Connections for reading: one for each read that runs at the same time, so that a long search does not delay others.
///
/// Connections are made when they are needed, and kept. With all of them in use a read waits for one of them.
final class ReaderPool: Sendable {
  /// Each has two descriptors and up to 2 MiB of pages.
  private static let most = 4

  private struct State {
    var connections: [Connection]
    /// How many reads use each of them, or wait for it.
    var uses: [Int]
  }

  private let state: Mutex<State>
  /// Of the file; nil: in memory, where the writer's connection is the only one.
  private let file: (path: String, vfs: String?)?

  init(_ connection: Connection, file: (path: String, vfs: String?)?) {
    state = Mutex(State(connections: [connection], uses: [0]))
    self.file = file
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
    defer { state.withLock { $0.uses[place] -= 1 } }
    return try body(connection)
  }

  private func take() -> (Connection, Int) {
    state.withLock { state in
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
}
