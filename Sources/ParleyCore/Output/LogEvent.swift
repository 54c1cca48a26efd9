import IRC

/// How somebody proved who they are.
enum SignInMethod: String {
  case plain = "PLAIN"
  case scram = "SCRAM-SHA-256"
  case external = "EXTERNAL"
  case nickServ = "NickServ"
  case oper = "OPER"
  case registration = "registration"
  case verification = "verification"
  /// None that the server offers there.
  case unknown = "unknown"

  init(_ mechanism: SASLMechanism) {
    switch mechanism {
    case .plain: self = .plain
    case .scramSHA256: self = .scram
    case .external: self = .external
    }
  }
}

/// An action of a person, or a refusal, as one line of the log tells it. docs/operating.md lists the events; the fail2ban filter in
/// docs/fail2ban reads some of them.
enum LogEvent {
  case connectionRefused(reason: String)
  case connectionClosed(reason: String)
  case webircRefused(reason: String)
  case signedIn(account: String, SignInMethod)
  /// A proof was checked and is wrong.
  case signInFailed(account: String, SignInMethod, reason: String)
  /// A proof was not checked, or is right for an account that nobody may sign in to now.
  case signInRefused(account: String, SignInMethod, reason: String)
  case becameOperator(account: String)
  case registered(account: String)
  case registrationRefused(account: String, reason: String)
  case verified(account: String)
  /// - Parameter by: an account, or `command line`.
  case accountChanged(account: String, AccountAction, by: String, reason: String = "")
  case killed(nick: String, by: String, reason: String)
  case kicked(nick: String, room: String, by: String, reason: String)
  /// An operator's setting was applied to somebody who was connected.
  case guestQuota(what: String)

  enum AccountAction: String {
    case suspended = "account.suspended"
    case resumed = "account.resumed"
    case passwordChanged = "account.password-changed"
    case operatorGranted = "account.operator-granted"
    case operatorRevoked = "account.operator-revoked"
    case certificatesChanged = "account.certificates-changed"
    case emailChanged = "account.email-changed"
    case created = "account.created"
    case deleted = "account.deleted"
  }

  /// The actor of changes that another process made.
  static let commandLine = "command line"

  var name: String {
    switch self {
    case .connectionRefused: "connection.refused"
    case .connectionClosed: "connection.closed"
    case .webircRefused: "webirc.refused"
    case .signedIn: "sign-in.succeeded"
    case .signInFailed(_, .oper, _): "oper.failed"
    case .signInFailed: "sign-in.failed"
    case .signInRefused(_, .oper, _): "oper.refused"
    case .signInRefused: "sign-in.refused"
    case .becameOperator: "oper.succeeded"
    case .registered: "account.registered"
    case .registrationRefused: "account.registration-refused"
    case .verified: "account.verified"
    case .accountChanged(_, let action, _, _): action.rawValue
    case .killed: "operator.kill"
    case .kicked: "room.kick"
    case .guestQuota: "guest.over-quota"
    }
  }

  var level: Note.Level {
    switch self {
    case .webircRefused: .warning
    case .connectionRefused, .signInFailed, .signInRefused, .registrationRefused, .guestQuota, .becameOperator: .notice
    case .accountChanged, .killed: .notice
    case .connectionClosed, .signedIn, .registered, .verified, .kicked: .info
    }
  }

  /// Texts that people gave are cut: a line stays short.
  var fields: [(String, String)] {
    func short(_ text: String) -> String { TextLimit.truncate(text, toBytes: 64) }
    func long(_ text: String) -> String { TextLimit.truncate(text, toBytes: 300) }
    switch self {
    case .connectionRefused(let reason), .connectionClosed(let reason), .webircRefused(let reason):
      return [("reason", long(reason))]
    case .signedIn(let account, let method): return [("account", short(account)), ("method", method.rawValue)]
    case .signInFailed(let account, let method, let reason), .signInRefused(let account, let method, let reason):
      return [("account", short(account)), ("method", method.rawValue), ("reason", long(reason))]
    case .becameOperator(let account), .registered(let account), .verified(let account):
      return [("account", short(account))]
    case .registrationRefused(let account, let reason): return [("account", short(account)), ("reason", long(reason))]
    case .accountChanged(let account, _, let by, let reason):
      return [("account", short(account)), ("by", short(by))] + (reason.isEmpty ? [] : [("reason", long(reason))])
    case .killed(let nick, let by, let reason):
      return [("by", short(by)), ("reason", long(reason)), ("target", short(nick))]
    case .kicked(let nick, let room, let by, let reason):
      return [("by", short(by)), ("reason", long(reason)), ("room", short(room)), ("target", short(nick))]
    case .guestQuota(let what): return [("reason", long(what))]
    }
  }

  /// Strangers can cause any number of such lines.
  func isUnbounded(registered: Bool) -> Bool {
    switch self {
    case .connectionClosed: !registered
    case .connectionRefused, .webircRefused, .signInFailed, .signInRefused, .registrationRefused, .guestQuota: true
    case .kicked: true
    default: false
    }
  }
}

extension Core {
  /// Writes a line that tells of a person. What a server operator does is always written: operators are few, and accountable.
  /// - Parameter session: the connection of the person who acts; nil: another process does.
  func log(_ event: LogEvent, of session: Session?) {
    log(
      event, address: session?.info.address, nick: session?.user?.nick, isRegistered: session?.user != nil,
      isByOperator: session?.user?.isOperator ?? false)
  }

  /// - Parameter address: `LogfmtHandler` writes it only with the setting `log-addresses`.
  func log(_ event: LogEvent, address: String?, nick: String?, isRegistered: Bool, isByOperator: Bool = false) {
    if !isByOperator, event.isUnbounded(registered: isRegistered),
      !noteLimiter.admits(event.name, address ?? "", at: instant)
    {
      return
    }
    var fields = event.fields
    if let address { fields.append(("address", address)) }
    if let nick { fields.append(("nick", nick)) }
    outputs.notes.append(Note(event.level, event.name, fields))
  }
}
