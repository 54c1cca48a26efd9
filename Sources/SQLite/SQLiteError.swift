internal import CSQLite

/// What SQLite reported: its extended result code and its message.
public struct SQLiteError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An extended result code; see <https://www.sqlite.org/rescode.html>.
  public let code: Int32
  public let message: String

  public init(code: Int32, message: String) {
    self.code = code
    self.message = message
  }

  /// The primary result code: the lowest byte.
  public var primary: Int32 { code & 0xff }

  /// The file is not what was written to it.
  public var isDamage: Bool { primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB }

  public var description: String { "\(message) (SQLite \(code))" }
}

extension SQLiteError {
  // Primary codes.
  public static let error = SQLITE_ERROR
  public static let busy = SQLITE_BUSY
  public static let locked = SQLITE_LOCKED
  public static let noMemory = SQLITE_NOMEM
  public static let readOnly = SQLITE_READONLY
  public static let inputOutput = SQLITE_IOERR
  public static let corrupt = SQLITE_CORRUPT
  public static let full = SQLITE_FULL
  public static let cannotOpen = SQLITE_CANTOPEN
  public static let constraint = SQLITE_CONSTRAINT
  public static let misuse = SQLITE_MISUSE
  public static let notADatabase = SQLITE_NOTADB
  public static let permission = SQLITE_PERM
  /// A file that a newer version has written. SQLite uses the code for changed schemas, inside of itself only.
  public static let newerSchema = SQLITE_SCHEMA

  // Extended codes, which are macros Swift does not import.
  /// An index does not have the entry that its table says it has.
  public static let corruptIndex = SQLITE_CORRUPT | (3 << 8)
  public static let syncFailed = SQLITE_IOERR | (4 << 8)
  public static let directorySyncFailed = SQLITE_IOERR | (5 << 8)
  public static let sharedMemorySizeFailed = SQLITE_IOERR | (19 << 8)
}
