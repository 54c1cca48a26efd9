import IRC
import ParleySession
import Testing

@Suite("Strict transport security, and what a server may see")
struct StrictTransportTests {
  @Test("without TLS the session ends before anything but the greeting is said")
  func upgrade() {
    let scene = Scene(isSecure: false)
    scene.start()
    scene.forget()
    scene.server(":s CAP * LS :batch sts=port=6697,duration=300")
    #expect(scene.told() == [.secureConnectionNeeded(port: 6697)])
    #expect(scene.session.wantsClose)
    #expect(scene.said() == [])
  }

  @Test(
    "a policy without a port, or with nonsense, is none",
    arguments: ["sts", "sts=duration=5", "sts=port=0", "sts=port=x"])
  func noPolicy(offer: String) {
    let scene = Scene(isSecure: false)
    scene.start()
    scene.server(":s CAP * LS :\(offer)")
    #expect(!scene.session.wantsClose)
  }

  @Test(
    "with TLS the duration counts, within bounds", arguments: [("300", 300), ("0", 0), ("99999999999", 31_536_000)])
  func duration(text: String, seconds: Int64) {
    let scene = Scene()
    scene.start()
    scene.server(":s CAP * LS :sts=port=1,duration=\(text)")
    #expect(scene.told() == [.strictTransport(seconds: seconds)])
    #expect(!scene.session.wantsClose)
  }

  @Test("a server that has known SCRAM is not shown the password")
  func downgrade() {
    let scene = Scene(signIn: .automatic(account: "alice"), refusesPlain: true)
    scene.start()
    scene.server(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl")
    guard case .signInFailed(code: "", _)? = scene.told().last else {
      Issue.record("PLAIN was tried")
      return
    }
    #expect(!scene.said().contains { $0.hasPrefix("AUTHENTICATE") })
  }
}
