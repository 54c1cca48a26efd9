import CParley

/// An error that the library returned.
struct Failure: Error, Equatable {
  /// One of PARLEY_E_….
  let code: Int32

  init(_ code: Int32) { self.code = code }
  init(_ code: Int) { self.code = Int32(truncatingIfNeeded: code) }

  /// Such as `PARLEY_E_TEXT`.
  var name: String { String(cString: parley_error_name(code)) }

  /// One sentence for people.
  var text: String { String(cString: parley_error_text(code)) }

  static let text = Failure(PARLEY_E_TEXT)
  static let noSuch = Failure(PARLEY_E_NO_SUCH)
  static let locked = Failure(PARLEY_E_LOCKED)
  static let signIn = Failure(PARLEY_E_SIGN_IN)
  static let certificate = Failure(PARLEY_E_CERTIFICATE)
  static let offline = Failure(PARLEY_E_OFFLINE)
  static let state = Failure(PARLEY_E_STATE)

  /// The positive number that the library returned, or the error that it is instead.
  static func check<Number: SignedInteger & FixedWidthInteger>(_ result: Number) throws(Failure) -> Number {
    guard result >= 0 else { throw Failure(Int32(truncatingIfNeeded: result)) }
    return result
  }
}
