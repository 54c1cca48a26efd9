import IRC
import ParleyStore

/// How a change to an account's record ended.
enum AccountUpdateResult {
  case done
  case changedMeanwhile
  /// Another account has the certificate.
  case certificateTaken
  /// What is stored of the account is damaged.
  case damaged
  case unavailable

  func words(success: String) -> String {
    switch self {
    case .done: success
    case .changedMeanwhile: "Something else has changed your account at the same moment; try again."
    case .certificateTaken: "This certificate belongs to another account: one certificate signs in to one account."
    case .damaged: "The server's data about your account are damaged; nothing can be changed."
    case .unavailable: "The change could not be stored; nothing changed."
    }
  }
}

extension Core {
  /// Changes an account's record, here at once, for others when it is stored.
  /// - Parameter extra: what is stored along.
  func updateAccount(
    _ account: Account, for session: Session?, and extra: [Change] = [], _ change: (inout AccountRecord) -> Void,
    _ then: @escaping (AccountUpdateResult) -> Void
  ) {
    let before = account.record
    var record = before
    change(&record)
    let restore = { (core: Core) in
      // Nick and real name are changed without a revision.
      var old = before
      old.nick = account.record.nick
      old.realname = account.record.realname
      core.accounts.update(account, old)
    }
    var applied = record
    applied.revision += 1
    accounts.update(account, applied)
    transact(
      Transaction([.updateAccount(record)] + extra), for: session,
      undo: restore,
      fail: { _, _ in then(.unavailable) },
      settle: { core, outcome in
        guard case .refused(let refusal) = outcome else {
          if record.verifier != before.verifier { core.endOperatorGrants(by: account, onlyOthers: true) }
          return then(.done)
        }
        // Changed on the command line in this moment; that record comes with `accountsChanged`.
        restore(core)
        switch refusal {
        case .certificateTaken: then(.certificateTaken)
        case .damaged: then(.damaged)
        default: then(.changedMeanwhile)
        }
      })
  }
}
