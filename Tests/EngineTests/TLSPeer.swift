import NIOCore
import NIOEmbedded
import NIOSSL

/// The server's side of TLS without a socket, with a certificate that no authority vouches for.
final class TLSPeer {
  /// SHA-256 of the certificate.
  static let fingerprint = "6fe37142292064222cf48e0dec6f531927a8c8811fa0a9d4396910bdca98a58d"

  static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBlDCCATugAwIBAgIUemb9my2a92/MNvRiDNVCKzPkqAQwCgYIKoZIzj0EAwIw
    FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyOTE2MDMwN1oYDzIxMjYxMTA1
    MTYwMzA3WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
    PQMBBwNCAAQxTL1EguWCj/WZf6qa28Je7hUET3DLU4NSD6/q8SHvBbzwgJ5py/H/
    07Mv1TGsEdLGJ2hkIE6oy9CLgQKZOBeKo2kwZzAdBgNVHQ4EFgQU1/YKft3KMKWJ
    ESWLC5gZXQ0qlcwwHwYDVR0jBBgwFoAU1/YKft3KMKWJESWLC5gZXQ0qlcwwDwYD
    VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
    RwAwRAIgAzjXy9XSn1MTVOW93Myexi3VfN6Ui39FVUanRglC/ikCIHOOOFaFYHmt
    m8pm6imnS3wr7JH1LcAnxD3QtITSqxCk
    -----END CERTIFICATE-----

    """

  static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg64OmieE2Oa9Lzpf9
    yZrYwa9WqZfA3al14a5nP1TZA6qhRANCAAQxTL1EguWCj/WZf6qa28Je7hUET3DL
    U4NSD6/q8SHvBbzwgJ5py/H/07Mv1TGsEdLGJ2hkIE6oy9CLgQKZOBeK
    -----END PRIVATE KEY-----

    """

  private let channel: EmbeddedChannel

  /// - Parameter wantsCertificate: of the client, and takes only the one above.
  init(wantsCertificate: Bool = false) throws {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(Self.certificate.utf8)).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(Self.key.utf8), format: .pem)))
    if wantsCertificate {
      configuration.certificateVerification = .noHostnameVerification
      configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(Self.certificate.utf8)))
    }
    channel = EmbeddedChannel(handler: NIOSSLServerHandler(context: try NIOSSLContext(configuration: configuration)))
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  deinit {
    channel.close(promise: nil)
    channel.embeddedEventLoop.advanceTime(by: .minutes(1))
  }

  func decrypt(_ bytes: [UInt8]) throws -> [UInt8] {
    if bytes.isEmpty { return [] }
    try channel.writeInbound(ByteBuffer(bytes: bytes))
    var plain: [UInt8] = []
    while let buffer = try channel.readInbound(as: ByteBuffer.self) { plain += buffer.readableBytesView }
    return plain
  }

  func encrypt(_ text: String) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }

  /// What has to go to the client now.
  func takeOutput() throws -> [UInt8] {
    var encrypted: [UInt8] = []
    while let buffer = try channel.readOutbound(as: ByteBuffer.self) { encrypted += buffer.readableBytesView }
    return encrypted
  }
}
