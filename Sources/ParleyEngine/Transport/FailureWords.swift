/// Sentences for people, one for each cause: they name what a person can see or do, and no library.
package enum FailureWords {
  package static func of(_ failure: ConnectionFailure, host: String) -> String {
    switch failure {
    case .noNetwork: "There's no way to \(host). Check the network connection."
    case .unreachable: "\(host) can't be reached from here."
    case .noAnswer: "\(host) isn't answering."
    case .forbidden: "This computer doesn't allow connections to \(host)."
    case .noRoom: "This computer has no room for another connection. Close some programs."
    case .refused: "\(host) isn't accepting connections."
    case .unknownHost: "Can't find \(host). Check the spelling."
    case .noNameService: "Can't look up \(host). Check the network connection."
    case .notEncrypted: "This port isn't encrypted."
    case .endedBeforeEncryption:
      "\(host) hung up before the connection was encrypted. Perhaps this port isn't encrypted."
    case .beginsNoEncryption: "\(host) doesn't begin an encrypted connection. Perhaps this port isn't encrypted."
    case .outdatedEncryption: "\(host) only knows encryption that is too old to be safe."
    case .noEncryption: "No encrypted connection to \(host) could be made."
    case .refusesOurCertificate: "\(host) doesn't accept our certificate, or wants one."
    case .showsNoCertificate: "\(host) shows no certificate."
    case .unknownAuthority: "Nothing on this computer vouches for the certificate of \(host)."
    case .expired: "The certificate of \(host) has expired."
    case .notYetValid: "The certificate of \(host) isn't valid yet. Check this computer's clock."
    case .otherName: "The certificate is for another server than \(host)."
    case .closed: "\(host) closed the connection."
    case .lost: "The connection to \(host) was lost."
    case .doesNotRead: "\(host) no longer takes what is sent."
    case .networkChanged: "The network has changed."
    }
  }

  package static func of(_ failure: CertificateFileFailure, path: String) -> String {
    switch failure {
    case .missing: "There's no certificate at \(path)."
    case .unreadable: "The certificate at \(path) can't be read."
    case .noCertificate: "The file \(path) has no certificate (PEM) in it."
    case .noKey: "The file \(path) has no private key for its certificate in it, or the key has a passphrase."
    }
  }
}
