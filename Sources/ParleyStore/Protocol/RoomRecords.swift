public import IRC

/// An invitation into a room that an account has not used yet.
public struct InvitationRecord: Hashable, Sendable {
  public var account: AccountID
  public var room: RoomID
  /// The account or guest that invited.
  public var inviter: Identity
  /// `nick!user@host` of the inviter at that time.
  public var source: String
  public var time: Timestamp
  /// The inviter had a role that lets people past bans, key, limit and `+i`. Otherwise the invitation only points to the room.
  public var admits: Bool

  public init(
    account: AccountID, room: RoomID, inviter: Identity, source: String, time: Timestamp, admits: Bool
  ) {
    self.account = account
    self.room = room
    self.inviter = inviter
    self.source = source
    self.time = time
    self.admits = admits
  }
}

/// The name of a room that was registered, kept for its founder.
public struct NameReservation: Hashable, Sendable {
  /// With its `#`; unique under ASCII case folding.
  public var name: String
  /// The account that may use the name; nil: only server operators may.
  public var account: AccountID?
  public var until: Timestamp
  /// What is stored of it is damaged: only the name is known. It does not end by itself, and cannot be replaced.
  public var isDamaged = false

  public init(name: String, account: AccountID?, until: Timestamp) {
    self.name = name
    self.account = account
    self.until = until
  }
}
