import Crypto
import IRC
import ParleyStore

/// An e-mail address is proved by a code that was sent there.
enum Verification {
  /// Seconds until a code is worth nothing, and an account that was never verified is removed.
  static let lifetime: Int64 = 24 * 3600
  /// Mails on their way at a time.
  static let mailsAtOnce = 100
  /// Wrong codes that one connection may give.
  static let wrongCodesAtOnce = 20

  static func hash(_ code: String) -> [UInt8] { Array(SHA256.hash(data: Array(code.utf8))) }
}

/// Mails by the address they go to: nobody's mailbox is filled by strangers.
struct MailThrottle {
  static let perHour = 5

  private var counts: [String: Int] = [:]
  private var hour: Int64?

  mutating func allows(_ address: String, at now: MonotonicTime) -> Bool {
    let current = now.seconds / 3600
    if current != hour || counts.count > 100_000 {
      hour = current
      counts = [:]
    }
    let key = address.lowercased()
    guard counts[key, default: 0] < Self.perHour else { return false }
    counts[key, default: 0] += 1
    return true
  }
}

enum VerificationAnswer {
  case verified(String)
  /// As FAIL VERIFY tells: a code, its context, and a sentence without its full stop.
  case refused(code: String, context: String, text: String)
}

extension Core {
  /// Addresses can be proved.
  var verifiesMail: Bool { !configuration.mailCommand.isEmpty }

  /// Why no mail can be sent there now.
  func mailObstacle(_ address: String) -> String? {
    guard mailJobs.count < Verification.mailsAtOnce else {
      return "Too many mails are on their way; try again in a minute"
    }
    guard mailThrottle.allows(address, at: instant) else {
      return "Too many mails to this address; try again in an hour"
    }
    return nil
  }

  /// A code of 130 random bits, and what is kept of it.
  func makeVerification(_ account: AccountID, email: String, isRegistration: Bool) -> (String, VerificationRecord) {
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    let code = String(decoding: randomBytes(26).map { alphabet[Int($0 & 31)] }, as: UTF8.self)
    let record = VerificationRecord(
      account: account, email: email, codeHash: Verification.hash(code), isRegistration: isRegistration,
      expiresAt: now.adding(milliseconds: Verification.lifetime * 1_000))
    return (code, record)
  }

  func sendCode(_ code: String, of account: Account, to address: String, _ then: @escaping (Bool) -> Void) {
    let server = configuration.serverName
    let sender = configuration.mailFrom.isEmpty ? "parley@\(server)" : configuration.mailFrom
    // RFC 5322. What stands in the header is checked where it comes from: addresses, names and the server's own.
    let text = """
      From: \(sender)
      To: \(address)
      Subject: Your code for \(server)
      Date: \(now.mailDate)
      Message-ID: <\(randomName()).\(now.milliseconds)@\(server)>
      MIME-Version: 1.0
      Content-Type: text/plain; charset=utf-8
      Auto-Submitted: auto-generated

      Somebody, probably you, gave this address for the account \(account.name) on the chat server \(server).

      To confirm it, connect to the server and type:

      /quote VERIFY \(account.name) \(code)

      The code is good for 24 hours. If you know nothing of this, do nothing: without the code nothing happens.

      """
    let command = configuration.mailCommand.split(separator: " ").map(String.init)
    let job = takeJob()
    mailJobs[job] = then
    outputs.mails.append((job, Mail(command: command, text: text)))
  }

  /// Proves an address. The session is parked and concluded here.
  ///
  /// Wrong codes count against their connection alone: counted by account or address, those of a neighbour would keep the owner's right
  /// one out. How many connections guess does not matter, because a code has 130 random bits and is void after a day.
  func verifyAccount(
    _ name: String, _ code: String, by session: Session, reply: Reply, _ answer: @escaping (VerificationAnswer) -> Void
  ) {
    park(session)
    let end = { (core: Core, result: VerificationAnswer) in
      if case .refused(let code, _, let text) = result {
        core.log(
          code == "INVALID_CODE"
            ? .signInFailed(account: name, .verification, reason: "wrong code")
            : .signInRefused(account: name, .verification, reason: text), of: session)
      }
      answer(result)
      core.finish(reply)
      core.conclude(session)
    }
    let shown = TextLimit.truncate(name, toBytes: 64)
    func refuse(_ code: String, _ text: String) {
      end(self, .refused(code: code, context: shown.isEmpty ? "*" : shown, text: text))
    }
    let account = accounts[name]
    let pending = account.flatMap { accounts.verification(of: $0) }
    if let own = session.account, own !== account || pending == nil {
      return refuse("ALREADY_AUTHENTICATED", "You are signed in already")
    }
    guard session.wrongCodes < Verification.wrongCodesAtOnce else {
      throttle.refused()
      return refuse("TEMPORARILY_UNAVAILABLE", "Too many wrong codes; connect again")
    }
    let isRight = SecretComparison.equal(Verification.hash(code), pending?.codeHash ?? Verification.hash(""))
    guard let account, account.isStored, let pending, isRight, pending.expiresAt > certainTime,
      pending.isRegistration || session.account === account
    else {
      session.wrongCodes += 1
      throttle.countFailure()
      return refuse("INVALID_CODE", "This code is wrong, or too old")
    }
    verified(account, pending, for: session) { core, isStored in
      if isStored {
        core.log(.verified(account: account.name), of: session)
        if !pending.isRegistration {
          core.log(.accountChanged(account: account.name, .emailChanged, by: account.name), of: session)
        }
      }
      guard isStored else {
        return end(
          core,
          .refused(code: "TEMPORARILY_UNAVAILABLE", context: account.name, text: "It could not be stored; try again"))
      }
      if pending.isRegistration, !session.isClosed {
        if let reason = core.signInObstacle(account) {
          return end(
            core,
            .refused(code: "TEMPORARILY_UNAVAILABLE", context: account.name, text: "You cannot sign in: \(reason)"))
        }
        answer(.verified(account.name))
        core.signIn(session, to: account, by: .verification, device: "", reply: reply)
        core.finish(reply)
        return core.conclude(session)
      }
      end(core, .verified(account.name))
    }
  }

  /// The address is the account's from now on. Until this is stored the account stays closed.
  func verified(
    _ account: Account, _ pending: VerificationRecord, for session: Session, _ then: @escaping (Core, Bool) -> Void
  ) {
    let clear = { (core: Core) in
      if core.accounts.verification(of: account) == pending { core.accounts.setVerification(nil, of: account) }
    }
    let removal = Change.removeVerification(account.id)
    // A damaged one tells no address: the account keeps what it has.
    if !pending.isDamaged, account.record.email != pending.email {
      return updateAccount(account, for: session, and: [removal], { $0.email = pending.email }) {
        [unowned self] result in
        if case .done = result { clear(self) }
        then(self, result == .done)
      }
    }
    transact(
      Transaction(removal), for: session,
      fail: { core, _ in then(core, false) },
      settle: { core, _ in
        clear(core)
        then(core, true)
      })
  }

  /// Accounts that nobody has verified in time are removed, and forgotten wishes are forgotten.
  func expireVerifications() {
    for (account, pending) in accounts.verifications
    where pending.expiresAt <= certainTime && account.isStored && !pending.isDamaged {
      if pending.isRegistration {
        discard(account)
      } else {
        accounts.setVerification(nil, of: account)
        transact(
          Transaction(.removeVerification(account.id)),
          undo: { core in core.accounts.setVerification(pending, of: account) })
      }
    }
  }

  /// An account that nobody could ever sign in to.
  func discard(_ account: Account) {
    let pending = accounts.verification(of: account)
    accounts.retire(account)
    transact(
      Transaction(.deleteAccount(account.id)),
      undo: { core in
        core.accounts.insert(account)
        core.accounts.setVerification(pending, of: account)
      })
  }
}

extension Timestamp {
  /// RFC 5322, section 3.3, in UTC.
  var mailDate: String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400)
    // Days from civil, the other way round: the era begins on 1 March of year 0.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let number = month < 10 ? month + 3 : month - 9
    let year = yearOfEra + era * 400 + (number <= 2 ? 1 : 0)
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return "\(weekdays[Int(days % 7)]), \(day) \(names[Int(number - 1)]) \(year) "
      + "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) +0000"
  }
}
