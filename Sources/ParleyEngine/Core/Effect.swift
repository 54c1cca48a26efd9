/// Names one connection of an identity: a new one for each attempt.
public struct ConnectionID: Hashable, Sendable {
  public var identity: Int64
  public var attempt: UInt64

  public init(identity: Int64, attempt: UInt64) {
    self.identity = identity
    self.attempt = attempt
  }
}

/// Where to connect, and how to know the server.
public struct Endpoint: Sendable, Equatable {
  public enum Verification: Sendable, Equatable {
    /// Plaintext.
    case none
    /// By authorities and the host's name.
    case authorities
    /// Not by TLS: the core looks at the certificate's fingerprint.
    case fingerprint
  }

  public var host: String
  public var port: UInt16
  public var verification: Verification
  /// A PEM file with our certificate and key; nil: none.
  public var certificatePath: String?

  public init(host: String, port: UInt16, verification: Verification, certificatePath: String?) {
    self.host = host
    self.port = port
    self.verification = verification
    self.certificatePath = certificatePath
  }
}

/// What the network has to do for the core, in order, after everything that led to it is on disk.
public enum NetworkEffect: Sendable, Equatable {
  case connect(ConnectionID, Endpoint)
  case write(ConnectionID, [UInt8])
  /// After everything written before it.
  case close(ConnectionID)
}

/// Why a certificate is not to be trusted.
public enum Distrust: Sendable, Equatable {
  /// No authority vouches for it: most servers that have made it for themselves.
  case unknownAuthority
  case expired
  case notYetValid
  /// It is for another host.
  case otherName

  /// An authority has vouched for the certificate, but not for this host now: that is for a person to judge.
  var needsPerson: Bool { self != .unknownAuthority }
}

/// Why a connection did not come about, or ended.
public enum ConnectionEnd: Sendable, Equatable {
  /// The other side closed it, or the network did. For people.
  case lost(String)
  /// The server's certificate is not to be trusted: why, and the same for people.
  case untrusted(Distrust, String)
  /// Our certificate's file cannot be used.
  case noCertificate(String)
}
