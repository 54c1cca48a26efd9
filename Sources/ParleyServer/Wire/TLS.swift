import NIOCore
import NIOSSL

/// A certificate chain and its private key, as PEM.
public struct TLSMaterial: Sendable {
  /// The server's own certificate first.
  public var certificateChain: [UInt8]
  /// Unencrypted.
  public var privateKey: [UInt8]
  /// What errors call them: their files.
  public var certificateName = "the certificate"
  public var keyName = "the key"

  public init(certificateChain: [UInt8], privateKey: [UInt8]) {
    self.certificateChain = certificateChain
    self.privateKey = privateKey
  }
}

/// Reads the certificate and key anew each time it is called: at start and whenever certificates are reloaded.
public typealias TLSMaterialProvider = @Sendable () throws -> TLSMaterial

/// TLS as IRC clients get it, and as web clients do.
package struct TLSContexts: Sendable {
  /// Asks for a client certificate, for SASL EXTERNAL.
  let irc: NIOSSLContext
  /// Asks for none, because browsers give up a WebSocket when they are asked for one.
  let web: NIOSSLContext

  /// With authenticated encryption and forward secrecy only. Those of TLS 1.3 all have both and cannot be chosen.
  private static let ciphers: [NIOTLSCipher] = [
    .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
  ]

  /// - Throws: `ServerError` with a text for the operator.
  package init(_ material: TLSMaterial) throws(ServerError) {
    guard let chain = try? NIOSSLCertificate.fromPEMBytes(material.certificateChain), !chain.isEmpty else {
      throw ServerError("\(material.certificateName) holds no certificate in PEM form (`certificate`)")
    }
    guard let key = try? NIOSSLPrivateKey(bytes: material.privateKey, format: .pem) else {
      throw ServerError("\(material.keyName) holds no private key in PEM form, or one with a passphrase (`key`)")
    }
    do {
      try self.init(chain, key)
    } catch NIOSSLError.failedToLoadPrivateKey {
      throw ServerError(
        "The key in \(material.keyName) does not belong to the certificate in \(material.certificateName) "
          + "(`key`, `certificate`)")
    } catch {
      throw ServerError("The certificate in \(material.certificateName) cannot be used: \(error)")
    }
  }

  private init(_ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey) throws {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.cipherSuiteValues = Self.ciphers
    configuration.shutdownTimeout = .seconds(2)
    configuration.applicationProtocols = ["http/1.1"]
    web = try NIOSSLContext(configuration: configuration)

    // A client that offers other protocols, or none, is served all the same.
    configuration.applicationProtocols = ["irc"]
    // The certificate's fingerprint says whose it is, so that none has to be trusted by anybody.
    configuration.certificateVerification = .optionalVerification
    configuration.trustRoots = .certificates([])
    configuration.sendCANameList = false
    irc = try NIOSSLContext(configuration: configuration)
  }

  func handler(isWebSocket: Bool) -> NIOSSLServerHandler {
    var configuration = NIOSSLHandler.Configuration()
    configuration.maximumPreservedOutboundBufferCapacity = 16_384
    if isWebSocket { return NIOSSLServerHandler(context: web, configuration: configuration) }
    // Any certificate is accepted: the handshake proves that the client has its key, which is all that EXTERNAL needs.
    return NIOSSLServerHandler(
      context: irc, customVerificationCallback: { _, promise in promise.succeed(.certificateVerified) },
      configuration: configuration)
  }
}
