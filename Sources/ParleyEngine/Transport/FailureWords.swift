import NIOCore
import NIOPosix
import NIOSSL

/// What a failure of a connection or of a certificate's file means, in words for people: libraries' errors print as the names that they
/// have in the libraries' sources.
package enum FailureWords {
  private static let lost = "the connection was lost"

  package static func of(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError: words(error)
    case ChannelError.connectTimeout: "no answer"
    case is ChannelError, is NIOSSLCloseTimedOutError: lost
    case let error as IOError: Platform.describe(error.errnoCode)
    case let error as NIOSSLError: words(error)
    case let error as BoringSSLError: words(error)
    case let error as NIOSSLExtraError:
      error == .failedToValidateHostname ? "the certificate is for another host" : "TLS failed"
    default: "\(error)"
    }
  }

  private static func words(_ error: NIOConnectionError) -> String {
    if let first = error.connectionErrors.first { return of(first.error) }
    guard let reason = error.dnsAError ?? error.dnsAAAAError else { return "the host \(error.host) has no address" }
    return "the host \(error.host) is not known: \(reason)"
  }

  private static func words(_ error: NIOSSLError) -> String {
    switch error {
    case .handshakeFailed(let reason), .shutdownFailed(let reason): words(reason)
    case .uncleanShutdown, .writeDuringTLSShutdown, .readInInvalidTLSState: lost
    case .noSuchFilesystemObject: "there is no such file"
    case .failedToLoadCertificate: "it holds no certificate in PEM form"
    case .failedToLoadPrivateKey: "it holds no private key in PEM form that belongs to the certificate"
    case .noCertificateToValidate: "the server showed no certificate"
    case .unableToValidateCertificate, .cannotMatchULabel, .cannotFindPeerIP: "the certificate could not be verified"
    default: "TLS failed"
    }
  }

  private static func words(_ error: BoringSSLError) -> String {
    switch error {
    case .syscallError: return lost
    case .zeroReturn: return "the server closed the connection"
    case .sslError(let stack), .unknownError(let stack), .invalidSNIName(let stack), .failedToSetALPN(let stack):
      if stack.contains(.eofDuringHandshake) { return "the server closed the connection when TLS began" }
      return stack.first.map { words(library: $0.description) } ?? "TLS failed"
    default: return "TLS failed"
    }
  }

  /// - Parameter text: as BoringSSL has it: `error:…:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at …`.
  package static func words(library text: String) -> String {
    let reason = text.split(separator: ":").map { $0.prefix { $0 != " " } }.last { word in
      word.contains("_") && word.allSatisfy { $0 == "_" || $0.isNumber || ("A"..."Z").contains($0) }
    }
    guard let reason else { return "TLS failed" }
    if reason == "CERTIFICATE_VERIFY_FAILED" { return "the certificate could not be verified" }
    return "TLS failed (\(reason.lowercased().split(separator: "_").joined(separator: " ")))"
  }
}
