import SQLite

/// What was being done when SQLite reported an error.
enum Operation {
  case opening
  case reading
  case writing
  /// The commit itself: after an error here only a full disk is certain to have changed nothing.
  case committing
}

extension StoreError {
  init(_ error: SQLiteError, during operation: Operation) {
    self.init(Self.kind(error, operation), error.description)
  }

  private static func kind(_ error: SQLiteError, _ operation: Operation) -> Kind {
    switch error.primary {
    case SQLiteError.full:
      return .full
    case SQLiteError.corrupt:
      return .fatal
    case SQLiteError.notADatabase:
      return operation == .opening ? .unusable : .fatal
    case SQLiteError.cannotOpen where operation == .opening:
      return .unusable
    case SQLiteError.busy, SQLiteError.locked:
      return .unavailable
    case SQLiteError.inputOutput:
      if error.code == SQLiteError.syncFailed || error.code == SQLiteError.directorySyncFailed { return .fatal }
      if operation == .committing { return .fatal }
      return error.code == SQLiteError.sharedMemorySizeFailed ? .full : .unavailable
    default:
      return operation == .committing ? .fatal : .unavailable
    }
  }
}
