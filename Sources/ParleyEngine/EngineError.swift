import SQLite

/// A result of the C interface; the numbers are those of parley.h.
public struct EngineError: Error, Hashable, Sendable {
  public let code: Int32

  public init(code: Int32) { self.code = code }

  public static let argument = EngineError(code: -2)
  public static let text = EngineError(code: -3)
  public static let tooLong = EngineError(code: -4)
  public static let noSuch = EngineError(code: -5)
  public static let unsupported = EngineError(code: -6)
  public static let offline = EngineError(code: -7)
  public static let state = EngineError(code: -8)
  public static let closed = EngineError(code: -10)
  public static let locked = EngineError(code: -12)
  public static let store = EngineError(code: -13)
  public static let memory = EngineError(code: -14)
  public static let lost = EngineError(code: -15)
  public static let timeout = EngineError(code: -16)
  public static let refused = EngineError(code: -17)
  public static let uncertain = EngineError(code: -18)
  public static let cancelled = EngineError(code: -19)
  public static let signIn = EngineError(code: -20)
  public static let certificate = EngineError(code: -21)
  public static let flood = EngineError(code: -22)
  public static let permission = EngineError(code: -23)
  public static let full = EngineError(code: -24)
  public static let damaged = EngineError(code: -25)
  public static let newer = EngineError(code: -26)
}

extension EngineError {
  /// Why a folder cannot be opened.
  init(opening error: SQLiteError) {
    self =
      switch error.primary {
      case SQLiteError.cannotOpen, SQLiteError.readOnly, SQLiteError.permission: .permission
      case SQLiteError.full: .full
      case SQLiteError.newerSchema: .newer
      case SQLiteError.noMemory: .memory
      default: error.isDamage ? .damaged : .store
      }
  }
}
