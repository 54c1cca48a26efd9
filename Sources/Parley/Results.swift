import CParley
import ParleyEngine

extension EngineError {
  static let handle = EngineError(code: Int32(PARLEY_E_HANDLE))
  static let busy = EngineError(code: Int32(PARLEY_E_BUSY))
  static let forked = EngineError(code: Int32(PARLEY_E_FORKED))
}

let ok = Int32(PARLEY_OK)

/// What a function of the header returns that can fail: OK unless the body throws.
func result(_ body: () throws(EngineError) -> Void) -> Int32 {
  do {
    try body()
    return ok
  } catch { return error.code }
}

/// The same for functions that return a positive number.
func number<Number: SignedInteger>(_ body: () throws(EngineError) -> Number) -> Number {
  do { return try body() } catch { return Number(error.code) }
}

// MARK: - Version

@c @implementation
public func parley_version() -> Int32 {
  PARLEY_VERSION_MAJOR * 1_000_000 + PARLEY_VERSION_MINOR * 1_000 + PARLEY_VERSION_PATCH
}

// MARK: - Names and texts of results

@c @implementation
public func parley_error_name(_ result: Int32) -> UnsafePointer<CChar>? { Description.of(result).name.c }

@c @implementation
public func parley_error_text(_ result: Int32) -> UnsafePointer<CChar>? { Description.of(result).text.c }

private struct Description {
  var name: StaticString
  var text: StaticString

  private init(_ name: StaticString, _ text: StaticString) {
    self.name = name
    self.text = text
  }

  static func of(_ result: Int32) -> Description {
    if result >= 0 { return Description("PARLEY_OK", "It worked.") }
    let place = -Int(result) - 1
    return errors.indices.contains(place) ? errors[place] : Description("PARLEY_E_UNKNOWN", "An unknown error.")
  }

  /// In the order of the numbers, from -1 down.
  private static let errors: [Description] = [
    Description("PARLEY_E_HANDLE", "This is no handle, or it has been closed or freed."),
    Description("PARLEY_E_ARGUMENT", "A value is out of its range, or missing."),
    Description("PARLEY_E_TEXT", "The text is not valid UTF-8, or has a zero byte or a line end where none may be."),
    Description("PARLEY_E_TOO_LONG", "The text is too long."),
    Description("PARLEY_E_NO_SUCH", "There is nothing of that name or number."),
    Description("PARLEY_E_UNSUPPORTED", "This network cannot do that."),
    Description("PARLEY_E_OFFLINE", "There is no connection."),
    Description("PARLEY_E_STATE", "That is not possible now."),
    Description("PARLEY_E_BUSY", "Another dispatch is running."),
    Description("PARLEY_E_CLOSED", "The engine is being closed."),
    Description("PARLEY_E_FORKED", "The library cannot be used in a child process after fork()."),
    Description("PARLEY_E_LOCKED", "Another program has this folder open."),
    Description("PARLEY_E_STORE", "The folder cannot be read or written now."),
    Description("PARLEY_E_MEMORY", "No descriptors, threads or memory are left."),
    Description("PARLEY_E_LOST", "The connection ended before the answer came."),
    Description("PARLEY_E_TIMEOUT", "No answer came in time."),
    Description("PARLEY_E_REFUSED", "The server refused it."),
    Description("PARLEY_E_UNCERTAIN", "The connection ended before anybody could tell whether the message arrived."),
    Description("PARLEY_E_CANCELLED", "It was cancelled."),
    Description("PARLEY_E_SIGN_IN", "The server does not accept the account and its password, or the certificate."),
    Description("PARLEY_E_CERTIFICATE", "The server's certificate is not the expected one."),
    Description("PARLEY_E_FLOOD", "The server sends more than can be kept."),
    Description("PARLEY_E_PERMISSION", "You may not read or write the folder."),
    Description("PARLEY_E_FULL", "The disk is full."),
    Description("PARLEY_E_DAMAGED", "The messages on disk are damaged, or are not Parley's."),
    Description("PARLEY_E_NEWER", "The messages on disk were written by a newer version of Parley."),
  ]
}

extension StaticString {
  /// Zero-ended, as literals are.
  fileprivate var c: UnsafePointer<CChar>? {
    UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
  }
}
