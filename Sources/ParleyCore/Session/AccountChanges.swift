import IRC
import ParleyStore

/// Changes to accounts by another process (`parleyd account`), and what ends with them.
extension Core {
  /// Another process changed accounts.
  func accountsChanged(_ records: [AccountRecord]) {
    var seen: Set<AccountID> = []
    for record in records {
      seen.insert(record.id)
      // The name belongs to a new account now.
      if let old = accounts[record.name], old.id != record.id, old.isStored { forgetDeleted(old) }
      adopt(record)
    }
    for account in accounts.all where !seen.contains(account.id) && account.isStored { forgetDeleted(account) }
  }

  private func forgetDeleted(_ account: Account) {
    log(.accountChanged(account: account.name, .deleted, by: LogEvent.commandLine), of: nil)
    forget(account)
  }

  /// Reads an account again that another process may have made or changed a moment ago: `accountsChanged` comes about once a
  /// second, and the account's owner may be faster.
  func refreshAccount(_ name: String, _ then: @escaping () -> Void) {
    ask(.account(name: name)) { [unowned self] result in
      if case .account(let record?) = result {
        // It was read beside the store's thread, so it may be older than what is known here.
        let known = accounts[record.name]
        if known == nil || known?.id == record.id { adopt(record) }
      }
      then()
    }
  }

  private func adopt(_ record: AccountRecord) {
    if accounts.isRetired(record.id) { return }
    guard let account = accounts[record.name], account.id == record.id else {
      accounts.insert(Account(record))
      return log(.accountChanged(account: record.name, .created, by: LogEvent.commandLine), of: nil)
    }
    guard record.revision > account.record.revision else { return }
    let before = account.record
    accounts.update(account, record)
    if !record.isOperator || !record.suspension.isEmpty {
      endOperatorGrants(by: account)
    } else if record.verifier != before.verifier {
      endOperatorGrants(by: account, onlyOthers: true)
    }
    logChanges(from: before, to: record)
    if !record.suspension.isEmpty {
      endSessions(of: account, "Account suspended: \(record.suspension)")
    } else if record.verifier != before.verifier {
      endSessions(of: account, "The password of your account was changed; sign in again")
    }
  }

  private func logChanges(from old: AccountRecord, to new: AccountRecord) {
    func note(_ action: LogEvent.AccountAction, reason: String = "") {
      log(.accountChanged(account: new.name, action, by: LogEvent.commandLine, reason: reason), of: nil)
    }
    if old.suspension != new.suspension {
      note(new.suspension.isEmpty ? .resumed : .suspended, reason: new.suspension)
    }
    if old.verifier != new.verifier { note(.passwordChanged) }
    if old.isOperator != new.isOperator { note(new.isOperator ? .operatorGranted : .operatorRevoked) }
    if old.fingerprints != new.fingerprints { note(.certificatesChanged) }
    if old.email != new.email { note(.emailChanged) }
  }

  /// Closes all connections that are signed in to an account, also those that have not completed their registration.
  /// - Parameter kept: stays.
  func endSessions(of account: Account, except kept: Session? = nil, _ reason: String) {
    let own = sessions.values.filter { session in
      session !== kept && (session.account === account || session.newAccount?.account === account)
    }
    for session in own.sorted(by: { $0.id < $1.id }) { close(session, reason) }
  }
}
