import IRC
import ParleyStore

enum PasswordVerdict {
  case right(Account)
  /// In words.
  case wrong(String)
}

extension Core {
  /// Failed attempts before the connection is closed.
  static let maximumFailures = 5

  /// Checks an account's password, and whether the account may be signed in to. The session is parked; whoever asked concludes.
  func checkPassword(
    _ name: String, _ password: [UInt8], of session: Session, _ then: @escaping (PasswordVerdict) -> Void
  ) {
    park(session)
    guard throttle.allows(session.info.address, name, at: instant), derivations.count < 1_000 else {
      return then(.wrong("too many attempts; wait a minute"))
    }
    let (account, verifier) = verifier(forName: name)
    derive(password, salt: verifier.salt, iterations: verifier.iterations) { [unowned self] derived in
      guard !session.isClosed else { return }
      guard let account, SecretComparison.equal(derived.storedKey, verifier.storedKey) else {
        throttle.failed(session.info.address, name, at: instant)
        return then(.wrong("wrong account or password"))
      }
      if let reason = signInObstacle(account) { return then(.wrong(reason)) }
      then(.right(account))
    }
  }

  /// One more failed attempt of this connection.
  /// - Returns: whether it was the last, and the connection is closed.
  func countFailure(_ session: Session, reply: Reply? = nil) -> Bool {
    session.authenticationFailures += 1
    guard session.authenticationFailures >= Self.maximumFailures else { return false }
    close(session, "Too many failed attempts to sign in", reply: reply)
    return true
  }
}
