import CTLS

/// Our certificate, and whom connections trust.
final class TLSContext {
  fileprivate let pointer: OpaquePointer

  private static let maximumFile = 1 << 20

  /// - Parameters:
  ///   - isVerified: an authority has to vouch for the server's certificate, and it has to be the host's.
  ///   - path: a PEM file with our certificate and its key; nil: none.
  init(isVerified: Bool, certificatePath path: String?) throws(CertificateFileFailure) {
    var pem: [UInt8]?
    if let path {
      switch Platform.read(path, limit: Self.maximumFile) {
      case .success(let bytes): pem = bytes
      case .failure(let error): throw error.isMissingFile ? .missing : .unreadable
      }
    }
    var failure: Int32 = 0
    let pointer =
      if let pem {
        pem.withUnsafeBytes { parley_tls_context_new(isVerified ? 1 : 0, $0.baseAddress, $0.count, &failure) }
      } else {
        parley_tls_context_new(isVerified ? 1 : 0, nil, 0, &failure)
      }
    guard let pointer else {
      switch Int(failure) {
      case PARLEY_TLS_NO_KEY: throw .noKey
      case PARLEY_TLS_NO_CERTIFICATE: throw .noCertificate
      default: throw .unreadable
      }
    }
    self.pointer = pointer
  }

  deinit { parley_tls_context_free(pointer) }
}

/// TLS on one connection: bytes of the network on one side, what is said on the other.
final class TLSStream {
  enum Progress: Equatable { case done, wantsBytes, ended, failed(ConnectionFailure) }

  private let pointer: OpaquePointer
  private let context: TLSContext

  /// nil: there is no memory.
  init?(_ context: TLSContext, host: String) {
    let isAddress = SocketAddress.isLiteral(host)
    let name = isAddress ? SocketAddress.withoutZone(host) : host.hasSuffix(".") ? String(host.dropLast()) : host
    guard let pointer = parley_tls_new(context.pointer, name, isAddress ? 1 : 0) else { return nil }
    self.pointer = pointer
    self.context = context
  }

  deinit { parley_tls_free(pointer) }

  // MARK: - The network's side

  func put(_ bytes: UnsafeRawBufferPointer) -> Progress {
    progress(parley_tls_put(pointer, bytes.baseAddress, bytes.count))
  }

  /// Moves what has to be sent to the end of a buffer.
  func takeOutput(_ buffer: inout [UInt8]) {
    let count = parley_tls_waiting(pointer)
    guard count > 0 else { return }
    let before = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: count))
    let taken = buffer.withUnsafeMutableBytes { bytes in
      bytes.baseAddress.map { parley_tls_take(pointer, $0 + before, count) } ?? 0
    }
    buffer.removeLast(count - taken)
  }

  // MARK: - The other side

  func handshake() -> Progress { progress(parley_tls_handshake(pointer)) }

  /// SHA-256 of the server's certificate in small hexadecimal digits; nil: it has shown none.
  var fingerprint: String? {
    var digest = [UInt8](repeating: 0, count: 32)
    guard Int(parley_tls_fingerprint(pointer, &digest)) == PARLEY_TLS_DONE else { return nil }
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Appends all that the server has said.
  func read(_ said: inout [UInt8]) -> Progress {
    let piece = 16_384
    while true {
      var count = 0
      let before = said.count
      said.append(contentsOf: repeatElement(0, count: piece))
      let result = said.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { parley_tls_read(pointer, $0 + before, piece, &count) } ?? Int32(PARLEY_TLS_BROKEN)
      }
      said.removeLast(piece - count)
      let progress = progress(result)
      if progress != .done { return progress }
    }
  }

  func write(_ bytes: [UInt8]) -> Progress {
    progress(bytes.withUnsafeBytes { parley_tls_write(pointer, $0.baseAddress, $0.count) })
  }

  func end() { parley_tls_end(pointer) }

  private func progress(_ result: Int32) -> Progress {
    switch Int(result) {
    case PARLEY_TLS_DONE: .done
    case PARLEY_TLS_WANTS_BYTES: .wantsBytes
    case PARLEY_TLS_ENDED: .ended
    case PARLEY_TLS_PLAINTEXT: .failed(.notEncrypted)
    case PARLEY_TLS_UNTRUSTED: .failed(distrust)
    case PARLEY_TLS_OUTDATED: .failed(.outdatedEncryption)
    case PARLEY_TLS_REFUSED: .failed(.refusesOurCertificate)
    case PARLEY_TLS_UNWILLING: .failed(.beginsNoEncryption)
    case PARLEY_TLS_NO_MEMORY: .failed(.noRoom)
    default: .failed(.noEncryption)
    }
  }

  private var distrust: ConnectionFailure {
    switch Int(parley_tls_distrust(pointer)) {
    case PARLEY_DISTRUST_EXPIRED: .expired
    case PARLEY_DISTRUST_NOT_YET: .notYetValid
    case PARLEY_DISTRUST_NAME: .otherName
    default: .unknownAuthority
    }
  }
}

extension SystemError {
  fileprivate var isMissingFile: Bool { self == .noSuchFile || self == .noFolder }
}
