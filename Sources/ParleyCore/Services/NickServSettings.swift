import IRC
import ParleyStore

/// What people change of their own account.
enum NickServSettings {
  /// Certificates of one account.
  private static let certificateLimit = 20

  static let setUsage =
    "SET PASSWORD <current> <new>, SET EMAIL <address or *>, SET ALWAYS-ON true|false|default, SET REPLAY ON|OFF"

  static func set(_ call: ServiceCall) -> Bool {
    let rest = ServiceCall(service: call.service, call: call.call, words: Array(call.words.dropFirst()))
    switch call.words[0].uppercased() {
    case "PASSWORD" where rest.words.count > 1: return changePassword(rest)
    case "EMAIL" where rest.words.count == 1: return changeEmail(rest)
    case "REPLAY" where rest.words.count == 1: return setReplay(rest.words[0], rest)
    case "ALWAYS-ON" where rest.words.count == 1: return NickServDevices.setAlwaysOn(rest.words[0], rest)
    default: return call.answer("Usage: \(setUsage)")
    }
  }

  static func changePassword(_ call: ServiceCall) -> Bool {
    let core = call.core
    guard let account = call.user.account else { return call.answer("Sign in first.") }
    guard call.isPrivate else { return call.answer(ServiceCall.tlsFirst) }
    let password = call.rest(from: 1)
    if let (_, reason) = core.passwordObstacle(password) { return call.answer(reason + ".") }
    let change = {
      core.derive(
        Array(password.utf8), salt: core.randomBytes(16), iterations: core.configuration.passwordIterations,
        for: call.session
      ) { verifier in
        guard !call.session.isClosed else { return }
        guard let verifier else { return call.tryLater("Your password stays: \(Core.isBusy)") }
        core.updateAccount(account, for: call.session, { $0.verifier = verifier }) { result in
          if result == .done {
            core.log(.accountChanged(account: account.name, .passwordChanged, by: account.name), of: call.session)
            // Somebody else may know the old password.
            core.endSessions(
              of: account, except: call.session, "The password of your account was changed; sign in again")
          }
          call.conclude(result.words(success: "Your password is changed, and your other devices are signed out."))
        }
      }
    }
    // One that has no password yet has proved itself by its certificate.
    guard account.record.verifier != nil else {
      core.park(call.session)
      change()
      return false
    }
    core.checkPassword(account.name, Array(call.words[0].utf8), of: call.session) { verdict in
      if call.accepts(verdict, of: account, else: "Your password stays") { change() }
    }
    return false
  }

  private static func changeEmail(_ call: ServiceCall) -> Bool {
    guard let account = call.user.account else { return call.answer("Sign in first.") }
    let address = call.words[0] == "*" ? "" : call.words[0]
    guard address.isEmpty || MailAddress.isValid(address) else { return call.answer("This is no e-mail address.") }
    guard call.core.verifiesMail, !address.isEmpty else {
      return update(account, .emailChanged, call, success: "Your e-mail address is changed.") { $0.email = address }
    }
    if let reason = call.core.mailObstacle(address) { return call.answer(reason + ".") }
    return prove(address, of: account, call)
  }

  /// The new address is the account's once somebody has shown to read there.
  private static func prove(_ address: String, of account: Account, _ call: ServiceCall) -> Bool {
    let core = call.core
    core.park(call.session)
    let before = core.accounts.verification(of: account)
    let (code, record) = core.makeVerification(account.id, email: address, isRegistration: false)
    core.accounts.setVerification(record, of: account)
    core.transact(
      Transaction(.putVerification(record)), for: call.session,
      undo: { core in core.accounts.setVerification(before, of: account) },
      fail: { _, _ in call.conclude(AccountUpdateResult.unavailable.words(success: "")) },
      settle: { core, outcome in
        guard case .committed = outcome else {
          if core.accounts.verification(of: account) == record { core.accounts.setVerification(before, of: account) }
          return call.conclude(AccountUpdateResult.unavailable.words(success: ""))
        }
        core.sendCode(code, of: account, to: address) { isSent in
          call.conclude(
            isSent
              ? "A code has been sent to \(address): VERIFY \(account.name) <code> makes the address yours."
              : "No mail could be sent to this address.")
        }
      })
    return false
  }

  /// Whether the account's devices are shown what they have missed. Bots that act on what they read turn it off.
  private static func setReplay(_ word: String, _ call: ServiceCall) -> Bool {
    guard let account = call.user.account else { return call.answer("Sign in first.") }
    guard let isOn = ["on": true, "true": true, "off": false, "false": false][word.lowercased()] else {
      return call.answer("Usage: SET REPLAY ON or OFF")
    }
    var settings = account.settings
    settings.replaysMissed = isOn
    call.core.park(call.session)
    call.core.updateSettings(
      account, for: call.session, settings,
      fail: { call.conclude("The change could not be stored; nothing changed.") },
      done: { _ in
        call.conclude(
          isOn
            ? "Your devices are shown the messages they have missed."
            : "Your devices are not shown the messages they have missed. History can still be asked for.")
      })
    return false
  }

  static func certificates(_ call: ServiceCall) -> Bool {
    guard let account = call.user.account else { return call.answer("Sign in first.") }
    let known = account.record.fingerprints
    switch call.words[0].uppercased() {
    case "LIST":
      for fingerprint in known { call.say(fingerprint) }
      return call.answer(known.isEmpty ? "You have no certificates." : "These are your certificates.")
    case "ADD":
      if let word = call.word(1), CertificateFingerprint.normalized(word) == nil {
        return call.answer("This is no SHA-256 fingerprint: 64 hexadecimal digits.")
      }
      // A fingerprint is public: only the connection shows that somebody has the key.
      guard let fingerprint = call.session.info.certificateFingerprint else {
        return call.answer(
          "Connect with the certificate first: ADD takes the one that the connection has, and no other.")
      }
      guard call.word(1).flatMap(CertificateFingerprint.normalized) ?? fingerprint == fingerprint else {
        return call.answer("Only the certificate of this connection can be added; its fingerprint is \(fingerprint).")
      }
      guard !known.contains(fingerprint) else { return call.answer("This certificate is yours already.") }
      guard call.core.accounts.holders(ofFingerprint: fingerprint).isEmpty else {
        return call.answer(AccountUpdateResult.certificateTaken.words(success: ""))
      }
      guard known.count < certificateLimit else { return call.answer("You have too many certificates.") }
      return update(account, .certificatesChanged, call, success: "The certificate is added.") {
        $0.fingerprints.append(fingerprint)
      }
    case "DEL", "REMOVE":
      guard let fingerprint = call.word(1).flatMap(CertificateFingerprint.normalized), known.contains(fingerprint)
      else {
        return call.answer("You have no such certificate. CERT LIST shows them.")
      }
      if known.count == 1, account.record.verifier == nil {
        return call.answer("Nothing else signs you in: set a password first, with PASSWD * <password>.")
      }
      return update(account, .certificatesChanged, call, success: "The certificate is removed.") { record in
        record.fingerprints.removeAll { $0 == fingerprint }
      }
    default: return call.answer("Usage: CERT LIST, CERT ADD [<fingerprint>], CERT DEL <fingerprint>")
    }
  }

  private static func update(
    _ account: Account, _ action: LogEvent.AccountAction, _ call: ServiceCall, success: String,
    _ change: (inout AccountRecord) -> Void
  ) -> Bool {
    call.core.park(call.session)
    call.core.updateAccount(account, for: call.session, change) { result in
      if result == .done {
        call.core.log(.accountChanged(account: account.name, action, by: account.name), of: call.session)
      }
      call.conclude(result.words(success: success))
    }
    return false
  }
}
