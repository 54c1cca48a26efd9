/// What a session needs to know before it connects.
public struct SessionSettings: Sendable {
  /// How to sign in.
  public enum SignIn: Sendable, Hashable {
    /// Without an account.
    case none
    /// With an account, by the best mechanism both sides know: EXTERNAL if there is a certificate, SCRAM-SHA-256, PLAIN.
    case automatic(account: String)
    case plain(account: String)
    case scram(account: String)
    /// By the TLS client certificate; the account may be empty.
    case external(account: String)
  }

  public var nick: String
  /// The USER command's; reduced to what servers allow.
  public var username: String
  public var realName: String
  public var signIn: SignIn
  /// PASS (RFC 2812, section 3.1.1): what the server, or a bouncer, wants before anything else; nil: nothing.
  public var serverPassword: String?
  /// TLS, or a connection that does not leave the machine: passwords may be sent.
  public var isPrivate: Bool
  /// There is a TLS client certificate.
  public var hasCertificate: Bool
  /// The answer to CTCP VERSION.
  public var clientName: String
  /// DEVICE of `+parley.chat/key`: 1 to 64 bytes of letters and digits.
  public var device: String
  /// The rest away message of the last session; nil: present.
  public var away: String?
  /// TLS.
  public var isSecure = true
  /// How often the network has ended a connection because of too many messages.
  public var caution = 0
  /// The account was signed in to with SCRAM before: PLAIN is refused, because a server that suddenly wants to see the password may be
  /// another one.
  public var refusesPlain = false

  public init(
    nick: String, username: String, realName: String, signIn: SignIn, isPrivate: Bool, hasCertificate: Bool,
    clientName: String, device: String, away: String? = nil
  ) {
    self.nick = nick
    self.username = username
    self.realName = realName
    self.signIn = signIn
    self.isPrivate = isPrivate
    self.hasCertificate = hasCertificate
    self.clientName = clientName
    self.device = device
    self.away = away
  }
}
