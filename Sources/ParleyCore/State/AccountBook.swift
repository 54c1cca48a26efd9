import IRC
import ParleyStore

/// All accounts, by name.
struct AccountBook {
  private var byName = NameBook<Account>()
  private var byID: [AccountID: Account] = [:]
  private var byFingerprint: [String: [Account]] = [:]
  private(set) var nextID: Int64 = 1
  private var pending: [AccountID: VerificationRecord] = [:]
  /// Deleted here. What another process reads of them before that is stored is old.
  private var retired: Set<AccountID> = []

  init(_ snapshot: Snapshot) {
    nextID = snapshot.nextAccount
    for record in snapshot.accounts {
      let account = Account(record)
      byName[FoldedName(record.name)] = account
      byID[record.id] = account
      addFingerprints(of: account)
    }
    for verification in snapshot.verifications { pending[verification.account] = verification }
    for marker in snapshot.readMarkers { byID[marker.account]?.readMarkers[marker.target] = marker.time }
    for record in snapshot.metadata {
      if case .account(let id) = record.owner { byID[id]?.metadata[record.key] = record.value }
    }
    for silence in snapshot.silences { byID[silence.account]?.silences.add(silence.mask) }
    for record in snapshot.invitations.sorted(by: { $0.time < $1.time }) {
      let inviter = record.inviter.account.flatMap { byID[$0]?.record }
      byID[record.account]?.invitations.restore(
        .init(
          room: record.room, inviter: record.inviter, source: record.source, time: record.time, admits: record.admits,
          isFromStranger: Invitations.isStranger(inviter, at: record.time)))
    }
    for settings in snapshot.settings { byID[settings.account]?.settings = settings }
    for device in snapshot.devices {
      byID[device.account]?.deviceTimes[device.device] = device.lastSeenAt
      byID[device.account]?.devices[device.device] =
        device.seen == Account.online ? snapshot.releasedPosition : device.seen
    }
  }

  subscript(name: String) -> Account? { byName[FoldedName(name)] }
  subscript(id: AccountID) -> Account? { byID[id] }

  var count: Int { byName.count }

  func lookalikes(of name: String) -> [Account] { byName.lookalikes(of: name) }

  /// The accounts that have a certificate. A certificate belongs to one account; databases of earlier versions may hold others.
  func holders(ofFingerprint fingerprint: String) -> [Account] {
    (byFingerprint[fingerprint] ?? []).sorted { $0.id < $1.id }
  }

  /// Certificates that several accounts have, with those accounts: nobody can sign in with one of them alone.
  func sharedFingerprints() -> [(fingerprint: String, accounts: [Account])] {
    byFingerprint.filter { $0.value.count > 1 }.keys.sorted().map { ($0, holders(ofFingerprint: $0)) }
  }

  private mutating func addFingerprints(of account: Account) {
    for known in Set(account.record.fingerprints) { byFingerprint[known, default: []].append(account) }
  }

  private mutating func removeFingerprints(of account: Account) {
    for known in account.record.fingerprints {
      byFingerprint[known]?.removeAll { $0 === account }
      if byFingerprint[known]?.isEmpty == true { byFingerprint[known] = nil }
    }
  }

  mutating func update(_ account: Account, _ record: AccountRecord) {
    removeFingerprints(of: account)
    account.record = record
    if byID[account.id] === account { addFingerprints(of: account) }
  }

  func verification(of account: Account) -> VerificationRecord? { pending[account.id] }

  /// Nobody has proved the e-mail address that the account was registered with.
  func isUnverified(_ account: Account) -> Bool { pending[account.id]?.isRegistration == true }

  /// All accounts that have something to prove.
  var verifications: [(Account, VerificationRecord)] {
    pending.values.sorted { $0.account < $1.account }.compactMap { record in byID[record.account].map { ($0, record) } }
  }

  mutating func setVerification(_ record: VerificationRecord?, of account: Account) { pending[account.id] = record }

  func isRetired(_ id: AccountID) -> Bool { retired.contains(id) }

  /// Deletes an account for good.
  mutating func retire(_ account: Account) {
    remove(account)
    retired.insert(account.id)
  }

  /// In the order of registration.
  var all: [Account] { byName.values.sorted { $0.id < $1.id } }

  mutating func takeID() -> AccountID {
    defer { nextID += 1 }
    return AccountID(nextID)
  }

  mutating func insert(_ account: Account) {
    removeFingerprints(of: account)
    byName[FoldedName(account.name)] = account
    byID[account.id] = account
    addFingerprints(of: account)
    retired.remove(account.id)
    nextID = max(nextID, account.id.rawValue + 1)
  }

  mutating func remove(_ account: Account) {
    let key = FoldedName(account.name)
    removeFingerprints(of: account)
    if byName[key] === account { byName[key] = nil }
    if byID[account.id] === account {
      byID[account.id] = nil
      pending[account.id] = nil
    }
  }
}
