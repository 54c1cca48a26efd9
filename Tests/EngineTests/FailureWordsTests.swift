import NIOCore
import NIOSSL
import ParleyEngine
import Testing

@Suite("Words for failures")
struct FailureWordsTests {
  @Test(
    "a library's error is told in words, not by its name",
    arguments: [
      (NIOSSLError.uncleanShutdown, "the connection was lost"),
      (NIOSSLError.handshakeFailed(.syscallError), "the connection was lost"),
      (
        NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])),
        "the server closed the connection when TLS began"
      ),
      (NIOSSLError.handshakeFailed(.sslError([])), "TLS failed"),
      (NIOSSLError.failedToLoadCertificate, "it holds no certificate in PEM form"),
      (NIOSSLExtraError.failedToValidateHostname, "the certificate is for another host"),
      (ChannelError.connectTimeout(.seconds(1)), "no answer"),
      (ChannelError.ioOnClosedChannel, "the connection was lost"),
      (IOError(errnoCode: 13, reason: "connect"), "Permission denied"),
    ] as [(any Error, String)])
  func errors(error: any Error, words: String) {
    #expect(FailureWords.of(error) == words)
  }

  @Test(
    "of what BoringSSL says the reason is taken",
    arguments: [
      (
        "Error: 268435703 error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER at /a_b/tls_record.cc:127",
        "TLS failed (wrong version number)"
      ),
      (
        "Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at /x/handshake.cc:393",
        "the certificate could not be verified"
      ),
      ("Error: ", "TLS failed"),
    ])
  func library(text: String, words: String) {
    #expect(FailureWords.words(library: text) == words)
  }
}
