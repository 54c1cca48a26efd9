public import IRC

/// One change to the log or the directory.
public enum Change: Sendable {
  case append(NewEvent)
  /// Another text for a message, or nothing of an event but its place (nil). `Refusal.changedMeanwhile` if it is not there, or
  /// not any more. The search index follows. `isUnheard`: only the event's sender sees the other text.
  case amend(Conversation, messageID: String, text: String?, isUnheard: Bool = false)

  /// Refused with `Refusal.nameTaken` if another account has the name, with `Refusal.certificateTaken` if another has one of its
  /// certificates. The id must be new.
  case createAccount(AccountRecord)
  /// Compare-and-set on `revision`, which the store then raises by one; else `Refusal.changedMeanwhile`. `Refusal.certificateTaken` if
  /// another account has a certificate that this one did not have before.
  case updateAccount(AccountRecord)
  /// What people change of their own account. No compare-and-set: nobody else changes these.
  case setProfile(AccountID, nick: String, realname: String)
  /// Removes the account and all that is only its own: memberships, roles, devices, read markers, settings, metadata, whom it
  /// silences, what it founded. Its messages stay with the name they were sent under; its identifier is never used again.
  case deleteAccount(AccountID)

  case putRoom(RoomRecord)
  /// Removes room, lists, memberships, roles and metadata. Its events stay in the log, unreachable by name.
  case deleteRoom(RoomID)
  /// Replaces an entry with the same room, mode and mask.
  case putListEntry(RoomListEntry)
  case removeListEntry(RoomID, mode: Character, mask: String)
  case putMembership(MembershipRecord)
  case removeMembership(RoomID, AccountID)
  case putDevice(DeviceRecord)
  case removeDevice(AccountID, device: String)
  case putReadMarker(ReadMarkerRecord)
  case removeReadMarker(AccountID, target: String)
  /// The room's members have read under another name what they had read: the room has it now.
  case moveReadMarkers(RoomID, from: String, to: String)
  /// Goes with its account or room.
  case putMetadata(MetadataRecord)
  case removeMetadata(MetadataOwner, key: String)
  /// Replaces the account's.
  case putVerification(VerificationRecord)
  case removeVerification(AccountID)
  case putSilence(SilenceRecord)
  case removeSilence(AccountID, mask: String)
  case putSettings(AccountSettings)
  /// Replaces the account's invitation to the same room. Goes with its account or room.
  case putInvitation(InvitationRecord)
  case removeInvitation(AccountID, RoomID)
  /// Replaces the reservation of the same name. When its account is deleted, nobody but server operators may use the name.
  case putReservation(NameReservation)
  case removeReservation(name: String)
  case putRoomRoles(RoomRolesRecord)
  case removeRoomRoles(RoomID, AccountID)

  /// A guest session is over: its idempotency keys are dropped.
  case forgetGuest(Identity)
  /// What need not be kept any more may go: the store removes it from now on, in slices of `maintain()`.
  case expire(RetentionPolicy, now: Timestamp)
  /// Everything up to here has been handed to the connections: where replay starts again after a crash.
  case released(LogPosition)
}

/// Changes that happen together or not at all. At most one `append` carries an idempotency key, and then it is the first change.
public struct Transaction: Sendable {
  public var changes: [Change]
  public init(_ changes: [Change]) { self.changes = changes }
  public init(_ change: Change) { changes = [change] }
}

public enum Refusal: Hashable, Sendable {
  /// The key was used for another body.
  case keyReused
  /// The counter is older than the device's window of 1,000.
  case keyTooOld
  case nameTaken
  /// Another account has one of the certificates that an account is to get.
  case certificateTaken
  case changedMeanwhile
  /// The condition of an append is not met.
  case conditionNotMet
  /// What is to be changed is damaged on the disk: written back, it would look right.
  case damaged
  /// As much as may be refers to the event already (`NewEvent.referenceLimit`).
  case tooManyReferences
}

/// What became of one transaction of a batch that is now durable.
public enum Outcome: Hashable, Sendable {
  /// One receipt for each `append`, in order.
  case committed([Receipt])
  /// The key has been seen with the same body: nothing was changed, and this is the first one's receipt.
  case duplicate(Receipt)
  /// Nothing of this transaction was changed.
  case refused(Refusal)
}

public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Kind: Hashable, Sendable {
    /// No room: try again later; reads work.
    case full
    /// This operation failed; others may work.
    case unavailable
    /// A failed sync, or a damaged file: what is on disk is unknown. The process must stop.
    case fatal
    /// The file was written by a newer version, or is no Parley database, or another server holds it.
    case unusable
  }
  public var kind: Kind
  public var description: String
  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}

/// Everything the core keeps in memory, read once at start.
public struct Snapshot: Sendable {
  public var accounts: [AccountRecord] = []
  public var rooms: [RoomRecord] = []
  public var listEntries: [RoomListEntry] = []
  public var memberships: [MembershipRecord] = []
  public var devices: [DeviceRecord] = []
  public var readMarkers: [ReadMarkerRecord] = []
  public var metadata: [MetadataRecord] = []
  public var verifications: [VerificationRecord] = []
  public var silences: [SilenceRecord] = []
  public var settings: [AccountSettings] = []
  public var roomRoles: [RoomRolesRecord] = []
  public var invitations: [InvitationRecord] = []
  public var reservations: [NameReservation] = []
  /// Rooms that are damaged, or that have lost bans, other list entries or memberships by damage. They must not end: what was said in
  /// them would be removed.
  public var damagedRooms: Set<RoomID> = []
  /// The last committed position.
  public var lastPosition: LogPosition = 0
  /// The last `released` position.
  public var releasedPosition: LogPosition = 0
  /// Identifiers for what is created next: higher than any ever used.
  public var nextAccount: Int64 = 1
  public var nextRoom: Int64 = 1
  /// What the last run knew of its clock; nil: there was none that kept it.
  public var clock: ClockRecord?
  /// The name of the epoch that begins with this start, for clients; empty: none. Numbers of the epoch's messages are higher than it,
  /// and those of earlier ones are not.
  public var epoch = ""
  /// 32 random bytes made with the database, for cloaks and for the salts shown for unknown accounts.
  public var secret: [UInt8] = []
  public init() {}
}

/// A place within a conversation that a history request refers to.
public enum HistoryPoint: Hashable, Sendable {
  /// `Receipt.sequence`. A number that no event has lies between those that have lower and higher ones.
  case sequence(Int64)
  /// An id the store did not make, or one of another conversation, matches nothing.
  case messageID(String)
  case time(Timestamp)
}

/// Always answered in ascending order; bounds are exclusive.
public enum HistoryRange: Hashable, Sendable {
  /// The last ones before the point.
  case before(HistoryPoint)
  /// The first ones after the point.
  case after(HistoryPoint)
  /// The last ones, if given only those after the point.
  case latest(after: HistoryPoint?)
  /// Half before, the point's own event, half after.
  case around(HistoryPoint)
  /// From the first point towards the second, whichever is earlier.
  case between(HistoryPoint, HistoryPoint)
  /// The last ones after a log position: what somebody has missed.
  case missed(after: LogPosition)
  /// The rest of a page that was too long to be given at once.
  case rest(HistoryRest)
}

/// What has not been given yet of a page that has been measured.
public struct HistoryRest: Hashable, Sendable {
  /// The store's own numbers of the events that are left.
  public var sequences: ClosedRange<Int64>
  /// Of the whole page.
  public var page: ClosedRange<LogPosition>
  public init(sequences: ClosedRange<Int64>, page: ClosedRange<LogPosition>) {
    self.sequences = sequences
    self.page = page
  }
}

extension HistoryRange {
  /// By its id.
  public var refersToMessage: Bool {
    switch self {
    case .before(.messageID), .after(.messageID), .latest(after: .messageID?), .around(.messageID),
      .between(.messageID, _), .between(_, .messageID):
      true
    default: false
    }
  }
}

public struct HistoryQuery: Sendable {
  public var conversation: Conversation
  public var range: HistoryRange
  /// 1 or more.
  public var limit: Int
  /// Events with lower sequence numbers do not exist for this reader.
  public var firstSequence: Int64
  /// Others are neither given nor counted. What has been erased never is.
  public var kinds: EventKinds
  /// Of the tag messages that refer to a message of the answer and stand outside of it, at most so many are given with it, the newest.
  public var contextLimit: Int
  /// Bytes of the tags of one message's context.
  public static let contextBytes = 16_384
  /// Events up to this position do not exist for it either.
  public var after: LogPosition = 0
  /// Who asks. What is unheard is given to its sender only.
  public var reader: Identity?
  /// Bytes of a page, with its context; the first event always fits. A page may be shorter than `limit` for it.
  public var byteLimit = Int.max
  /// Bytes to be given at once, at least one event; `HistoryPage.rest` tells what is left of the page.
  public var portion = Int.max
  public init(
    conversation: Conversation, range: HistoryRange, limit: Int, firstSequence: Int64 = 1,
    kinds: EventKinds = .everything, contextLimit: Int = 0
  ) {
    self.conversation = conversation
    self.range = range
    self.limit = limit
    self.firstSequence = firstSequence
    self.kinds = kinds
    self.contextLimit = contextLimit
  }
}

/// Part of a conversation.
public struct HistoryPage: Sendable {
  /// In ascending order.
  public var events: [StoredEvent]
  /// There are more in the direction in which the query went, for `around` in either one; not said for `missed`.
  public var hasMore: Bool
  /// false: a message id that the query refers to is of no event of the conversation, also of none that has expired.
  public var isPointKnown: Bool
  /// What belongs to the page and was not given yet.
  public var rest: HistoryRest?
  /// For `missed`: how many events were missed besides those of the page, up to `omissionLimit`.
  public var omitted = 0
  public static let omissionLimit = 10_000
  /// Rows that were read to find out what belongs to the page.
  public var looked = 0
  /// Bytes of one page of history, stored texts, tags and context together: what a client waits for at once.
  public static let byteLimit = 4 << 20
  public init(_ events: [StoredEvent], hasMore: Bool, isPointKnown: Bool = true) {
    self.events = events
    self.hasMore = hasMore
    self.isPointKnown = isPointKnown
  }
}

/// A conversation with something in it, for CHATHISTORY TARGETS.
public struct ConversationSummary: Hashable, Sendable {
  public var conversation: Conversation
  public var last: Timestamp
  /// Where the last event stands.
  public var position: LogPosition
  /// Its number in the conversation, as in its receipt.
  public var sequence: Int64
  /// For a private conversation: the nick of the other side as last seen in its events.
  public var peerNick: String
  /// The reader has ever said something in it, also what is gone. Told by `missed` only.
  public var isAnswered = false
  public init(
    conversation: Conversation, last: Timestamp, position: LogPosition, sequence: Int64, peerNick: String
  ) {
    self.conversation = conversation
    self.last = last
    self.position = position
    self.sequence = sequence
    self.peerNick = peerNick
  }
}

/// Reads what is durable. One reader belongs to one thread at a time.
public protocol StoreReader: AnyObject {
  /// Throws `nil`-free: an unknown `messageID` point gives an empty answer, except that `find` tells.
  func page(_ query: HistoryQuery) throws(StoreError) -> HistoryPage
  /// The event with that id in that conversation.
  func find(messageID: String, in conversation: Conversation) throws(StoreError) -> StoredEvent?
  /// Conversations of `rooms` and all private ones of `identity` whose last event of those kinds lies between the times (exclusive),
  /// oldest first; the first `limit` of them.
  func summaries(
    of identity: Identity, rooms: [RoomID], after: Timestamp, before: Timestamp, kinds: EventKinds, limit: Int
  ) throws(StoreError) -> [ConversationSummary]
  /// Private conversations of `identity` in which there is something of those kinds after a position, oldest first.
  func missed(by identity: Identity, after: LogPosition, kinds: EventKinds) throws(StoreError) -> [ConversationSummary]
  /// What the last `summaries` or `missed` has cost, in rows that were looked at.
  var looked: Int { get }
  /// The private conversation of `identity` whose other side was last known as `nick` (ASCII case-insensitive): how a person
  /// finds what a guest who has left had said.
  func conversation(of identity: Identity, withNick nick: String) throws(StoreError) -> Conversation?
  /// Full-text search, newest first. What was committed in the last moments may be missing: the index follows the log.
  func search(_ text: String, in conversations: [Conversation], before: LogPosition, limit: Int)
    throws(StoreError) -> [StoredEvent]
  /// The account of that name as it is now; nil: there is none.
  func account(named name: String) throws(StoreError) -> AccountRecord?
  /// All accounts as they are now, for changes made by another process.
  func accounts() throws(StoreError) -> [AccountRecord]
}

extension StoreReader {
  public var looked: Int { 0 }

  public func history(_ query: HistoryQuery) throws(StoreError) -> [StoredEvent] { try page(query).events }
}

extension Store {
  public func keep(_ clock: ClockRecord, now: Timestamp) {}
  /// Nobody listens: for stores that have nothing to report.
  public var reporter: StoreReporter { StoreReporter() }
  public var logRelief: (any LogRelief)? { nil }
}

/// The log and the directory. All methods are called from one thread, readers from others.
public protocol Store: AnyObject {
  func load() throws(StoreError) -> Snapshot
  /// Applies all transactions in order in one step. When it returns, they are durable; when it throws, none happened.
  func commit(_ batch: [Transaction]) throws(StoreError) -> [Outcome]
  func reader() throws(StoreError) -> any StoreReader
  /// Work that can wait, in a slice of a few milliseconds: search index, checkpoints. Returns true if there is more.
  func maintain() throws(StoreError) -> Bool
  /// What the server knows of its clock: kept with the next commits, and at the end.
  ///
  /// - Parameter now: conversations that are ahead of it are dated again by `maintain()`, and from now on by appends.
  func keep(_ clock: ClockRecord, now: Timestamp)
  /// Takes what the store and its readers report.
  var reporter: StoreReporter { get }
  /// nil: there is no log to be copied back by another thread.
  var logRelief: (any LogRelief)? { get }
  /// True once after another process changed the directory.
  func changedElsewhere() throws(StoreError) -> Bool
  /// A consistent copy into a new file, while the server runs.
  ///
  /// - Throws: also when the copy was made and is damaged, because the original is; it is left there.
  func backup(to path: String) throws(StoreError)
  /// An empty answer: everything is sound. Otherwise what is wrong, in words.
  func check() throws(StoreError) -> [String]
  func close()
}
