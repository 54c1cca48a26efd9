#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a connection did not come about, or ended. When all of a host's addresses fail, the last of these that occurred is told.
package enum ConnectionFailure: Int, Error, Sendable, CaseIterable {
  // Connecting
  case noNetwork, unreachable, noAnswer, forbidden, noRoom, refused
  // Looking up
  case unknownHost, noNameService
  // Encryption
  case notEncrypted, endedBeforeEncryption, beginsNoEncryption, outdatedEncryption, noEncryption
  case refusesOurCertificate, showsNoCertificate
  case unknownAuthority, expired, notYetValid, otherName
  // A connection that stood
  case closed, lost, doesNotRead, networkChanged

  init(connecting error: SystemError) {
    switch error.code {
    case ECONNREFUSED: self = .refused
    case ENETUNREACH, ENETDOWN, EADDRNOTAVAIL, EAFNOSUPPORT: self = .noNetwork
    case EHOSTUNREACH, EHOSTDOWN: self = .unreachable
    case EMFILE, ENFILE, ENOBUFS, ENOMEM: self = .noRoom
    case EACCES, EPERM: self = .forbidden
    default: self = .noAnswer
    }
  }
}

/// Why our own certificate's file cannot be used.
package enum CertificateFileFailure: Error, Sendable, CaseIterable {
  case missing, unreadable, noCertificate, noKey
}
