public import IRC
import ParleyCore
public import ParleyStore

/// What an operator does to accounts from the command line, while a server may be running on the same database.
public struct AccountAdministration {
  private let store: any Store
  private let now: Timestamp
  private let randomBytes: (Int) -> [UInt8]
  private let iterations: Int
  private let passwordLength: Int
  private let nickLength: Int
  private let serverName: String

  /// Somebody else changed the account in between: so often it is tried again.
  private static let attempts = 20

  /// - Parameter randomBytes: makes salts.
  public init(
    store: any Store, settings: ServerSettings, now: Timestamp = Timestamp(milliseconds: WallClock.milliseconds()),
    randomBytes: @escaping (Int) -> [UInt8] = Self.systemRandomBytes
  ) {
    self.store = store
    self.now = now
    self.randomBytes = randomBytes
    iterations = settings.core.passwordIterations
    passwordLength = settings.core.passwordLength
    nickLength = settings.core.nickLength
    serverName = settings.core.serverName
  }

  public static func systemRandomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  /// All accounts, by name.
  public func list() throws -> [AccountRecord] {
    try store.load().accounts.sorted { $0.name.lowercased() < $1.name.lowercased() }
  }

  /// - Parameter email: empty: none.
  public func create(_ name: String, password: [UInt8], isOperator: Bool, email: String) throws {
    guard Names.isValidNick(name, maximumLength: nickLength) else {
      throw SetupError("`\(name)` cannot be an account's name, which is a nick of at most \(nickLength) bytes")
    }
    guard !ServiceNicks.isReserved(name, server: serverName) else {
      throw SetupError("`\(name)` cannot be an account's name: it is reserved for the server and its services")
    }
    guard email.isEmpty || MailAddress.isValid(email) else { throw SetupError("`\(email)` is no e-mail address") }
    let verifier = try derive(password)
    for _ in 0..<Self.attempts {
      let snapshot = try store.load()
      if snapshot.accounts.contains(where: { FoldedName($0.name) == FoldedName(name) }) {
        throw SetupError("There is an account `\(name)` already")
      }
      if let twin = snapshot.accounts.first(where: { Lookalikes.areAlike($0.name, name) }) {
        throw SetupError("`\(name)` looks like `\(twin.name)`, the name of another account")
      }
      let record = AccountRecord(
        id: AccountID(snapshot.nextAccount), name: name, nick: name, verifier: verifier, email: email,
        registeredAt: now, isOperator: isOperator)
      // A refusal means that a running server took the name or the number in between: the next look tells which.
      if try commit(.createAccount(record)) { return }
    }
    throw SetupError("The account `\(name)` could not be created: the server keeps creating others; try again")
  }

  public func setPassword(_ name: String, _ password: [UInt8]) throws {
    let verifier = try derive(password)
    try update(name) { $0.verifier = verifier }
  }

  /// - Parameter reason: shown to whoever tries to sign in.
  public func suspend(_ name: String, reason: String) throws {
    guard !reason.isEmpty, reason.utf8.count <= 300, !reason.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw SetupError("The reason must be one line of 1 to 300 bytes")
    }
    try update(name) { $0.suspension = reason }
  }

  public func resume(_ name: String) throws { try update(name) { $0.suspension = "" } }

  public func setOperator(_ name: String, _ isOperator: Bool) throws {
    try update(name) { $0.isOperator = isOperator }
  }

  /// - Parameter fingerprint: hexadecimal SHA-256 of a client's certificate; colons and upper case as other tools print it
  ///   are accepted.
  public func addFingerprint(_ name: String, _ fingerprint: String) throws {
    let normal = try Self.normalised(fingerprint)
    try update(name) { record, accounts in
      if record.fingerprints.contains(normal) { return }
      if let holder = accounts.first(where: { $0.fingerprints.contains(normal) }) {
        throw SetupError("The certificate belongs to the account `\(holder.name)`: remove it there first")
      }
      record.fingerprints.append(normal)
    }
  }

  public func removeFingerprint(_ name: String, _ fingerprint: String) throws {
    let normal = try Self.normalised(fingerprint)
    guard try find(name).fingerprints.contains(normal) else {
      throw SetupError("`\(name)` has no certificate with the fingerprint \(normal)")
    }
    try update(name) { $0.fingerprints.removeAll { $0 == normal } }
  }

  public func delete(_ name: String) throws {
    let record = try find(name)
    guard try commit(.deleteAccount(record.id)) else { throw SetupError("The account `\(name)` could not be deleted") }
  }

  public func find(_ name: String) throws -> AccountRecord {
    try Self.find(name, in: try store.load().accounts)
  }

  private static func find(_ name: String, in accounts: [AccountRecord]) throws -> AccountRecord {
    guard let record = accounts.first(where: { FoldedName($0.name) == FoldedName(name) }) else {
      throw SetupError("There is no account `\(name)`")
    }
    return record
  }

  // MARK: - Parts

  private func update(_ name: String, _ change: (inout AccountRecord) -> Void) throws {
    try update(name) { record, _ in change(&record) }
  }

  /// - Parameter change: gets the account and all accounts there are.
  private func update(_ name: String, _ change: (inout AccountRecord, [AccountRecord]) throws -> Void) throws {
    for _ in 0..<Self.attempts {
      let accounts = try store.load().accounts
      var record = try Self.find(name, in: accounts)
      guard !record.isDamaged else {
        throw SetupError(
          "The account `\(name)` is damaged on the disk and cannot be changed: restore a backup that is older than the damage"
        )
      }
      let before = record
      try change(&record, accounts)
      if record == before { return }
      if try commit(.updateAccount(record)) { return }
    }
    throw SetupError("The account `\(name)` could not be changed: something else keeps changing it; try again")
  }

  /// - Returns: false when it was refused.
  private func commit(_ change: Change) throws -> Bool {
    guard case .committed? = try store.commit([Transaction(change)]).first else { return false }
    return true
  }

  /// As long as REGISTER asks for. At most what a client can send with SASL, which is more than fits into REGISTER's line.
  private func derive(_ password: [UInt8]) throws -> PasswordVerifier {
    guard password.count <= 600, let text = String(validating: password, as: UTF8.self),
      !password.contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D })
    else { throw SetupError("A password is one line of at most 600 bytes of UTF-8") }
    guard text.unicodeScalars.count >= passwordLength else {
      throw SetupError("The password is too short: at least \(passwordLength) characters (`password-length`)")
    }
    return ScramVerifier.derive(password: password, salt: randomBytes(16), iterations: iterations)
  }

  private static func normalised(_ fingerprint: String) throws -> String {
    guard let normal = CertificateFingerprint.normalized(fingerprint) else {
      throw SetupError("`\(fingerprint)` is no SHA-256 fingerprint: 64 hexadecimal digits")
    }
    return normal
  }
}
