import ParleyEngine
import Testing

@Suite("Words for failures")
struct FailureWordsTests {
  @Test("each cause has one sentence of its own, without a library's name", arguments: ["chat.example", "192.0.2.1"])
  func sentences(host: String) {
    let sentences = ConnectionFailure.allCases.map { FailureWords.of($0, host: host) }
    #expect(Set(sentences).count == sentences.count)
    for sentence in sentences {
      #expect(sentence.hasSuffix(".") && sentence.first?.isLowercase != true || sentence.hasPrefix(host))
      for word in ["SSL", "TLS", "errno", "socket", "error", "NIO"] { #expect(!sentence.contains(word), "\(sentence)") }
    }
  }

  @Test(
    "what people meet most often",
    arguments: [
      (.refused, "chat.example isn't accepting connections."),
      (.unknownHost, "Can't find chat.example. Check the spelling."),
      (.notEncrypted, "This port isn't encrypted."),
      (.noAnswer, "chat.example isn't answering."),
      (.closed, "chat.example closed the connection."),
    ] as [(ConnectionFailure, String)])
  func common(failure: ConnectionFailure, sentence: String) {
    #expect(FailureWords.of(failure, host: "chat.example") == sentence)
  }

  @Test("a certificate's file that cannot be used is named")
  func files() {
    let sentences = CertificateFileFailure.allCases.map { FailureWords.of($0, path: "/home/alice/me.pem") }
    #expect(Set(sentences).count == sentences.count)
    for sentence in sentences { #expect(sentence.contains("/home/alice/me.pem") && sentence.hasSuffix(".")) }
  }
}
