public import IRC

/// An e-mail address that an account says it has, until somebody proves it with the code that was sent there.
public struct VerificationRecord: Hashable, Sendable {
  public var account: AccountID
  public var email: String
  /// SHA-256 of the code: who reads the database cannot use it.
  public var codeHash: [UInt8]
  /// The account is new and cannot be signed in to before. Otherwise it wants another address.
  public var isRegistration: Bool
  public var expiresAt: Timestamp
  /// What is stored of it is damaged: only that the account has one is known. It does not end by itself, and cannot be replaced.
  public var isDamaged = false

  public init(account: AccountID, email: String, codeHash: [UInt8], isRegistration: Bool, expiresAt: Timestamp) {
    self.account = account
    self.email = email
    self.codeHash = codeHash
    self.isRegistration = isRegistration
    self.expiresAt = expiresAt
  }
}

/// Somebody whom an account does not want to hear.
public struct SilenceRecord: Hashable, Sendable {
  public var account: AccountID
  public var mask: String

  public init(account: AccountID, mask: String) {
    self.account = account
    self.mask = mask
  }
}

/// What people set for their account.
public struct AccountSettings: Hashable, Sendable {
  /// Whether the account stays while no device is connected. The raw values are stored.
  public enum Persistence: UInt8, Sendable {
    /// As the server is set.
    case byDefault = 0
    case on = 1
    case off = 2
  }

  public var account: AccountID
  /// User mode letters.
  public var modes: String
  public var persistence: Persistence
  /// Devices without chathistory are shown the messages they have missed.
  public var replaysMissed: Bool

  public init(
    account: AccountID, modes: String = "", persistence: Persistence = .byDefault, replaysMissed: Bool = true
  ) {
    self.account = account
    self.modes = modes
    self.persistence = persistence
    self.replaysMissed = replaysMissed
  }
}

/// Roles that an account has in a registered room, whether it is a member or not.
public struct RoomRolesRecord: Hashable, Sendable {
  public var room: RoomID
  public var account: AccountID
  /// Bits of `IRC.Roles`.
  public var roles: UInt8

  public init(room: RoomID, account: AccountID, roles: UInt8) {
    self.room = room
    self.account = account
    self.roles = roles
  }
}
