import NIOCore
import NIOSSL

/// A certificate chain and its private key, as PEM.
public struct TLSMaterial: Sendable {
  /// The server's own certificate first.
  public var certificateChain: [UInt8]
  /// Unencrypted.
  public var privateKey: [UInt8]

  public init(certificateChain: [UInt8], privateKey: [UInt8]) {
    self.certificateChain = certificateChain
    self.privateKey = privateKey
  }
}

/// Reads the certificate and key anew each time it is called: at start and whenever certificates are reloaded.
public typealias TLSMaterialProvider = @Sendable () throws -> TLSMaterial

enum TLS {
  /// What all connections from now on use.
  static func context(_ material: TLSMaterial) throws -> NIOSSLContext {
    let chain = try NIOSSLCertificate.fromPEMBytes(material.certificateChain)
    let key = try NIOSSLPrivateKey(bytes: material.privateKey, format: .pem)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    // Clients are asked for a certificate. Whose it is, its fingerprint says, so that none has to be trusted by
    // anybody.
    configuration.certificateVerification = .optionalVerification
    configuration.trustRoots = .certificates([])
    configuration.sendCANameList = false
    configuration.shutdownTimeout = .seconds(2)
    return try NIOSSLContext(configuration: configuration)
  }

  /// Accepts any client certificate: the handshake proves that the client has its key, which is all that EXTERNAL
  /// needs.
  static func handler(_ context: NIOSSLContext) -> NIOSSLServerHandler {
    var configuration = NIOSSLHandler.Configuration()
    configuration.maximumPreservedOutboundBufferCapacity = 16_384
    return NIOSSLServerHandler(
      context: context,
      customVerificationCallback: { _, promise in promise.succeed(.certificateVerified) },
      configuration: configuration)
  }
}
