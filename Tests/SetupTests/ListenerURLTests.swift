import ParleyServer
import Testing

@Suite("Listener URLs")
struct ListenerURLTests {
  @Test(
    "are read",
    arguments: [
      ("ircs://[::]:6697", Listener(isSecure: true, address: "::", port: 6697)),
      ("ircs://0.0.0.0", Listener(isSecure: true, address: "0.0.0.0", port: 6697)),
      ("irc://127.0.0.1", Listener(isSecure: false, address: "127.0.0.1", port: 6667)),
      ("irc://[2001:db8::1]:0", Listener(isSecure: false, address: "2001:db8::1", port: 0)),
      ("irc://[::1]", Listener(isSecure: false, address: "::1", port: 6667)),
      ("wss://[::]:8097", Listener(isSecure: true, isWebSocket: true, address: "::", port: 8097)),
      ("ws://127.0.0.1:0", Listener(isSecure: false, isWebSocket: true, address: "127.0.0.1", port: 0)),
      ("ircs://10.0.0.1:65535", Listener(isSecure: true, address: "10.0.0.1", port: 65535)),
    ])
  func valid(url: String, listener: Listener) throws {
    #expect(try Listener(url: url) == listener)
    #expect(try Listener(url: listener.description) == listener)
  }

  @Test(
    "are refused with a reason",
    arguments: [
      ("6697", "`6697` must begin with ircs:// (TLS) or irc:// (plaintext), or for WebSocket with wss:// or ws://"),
      (
        "IRCS://[::]",
        "`IRCS://[::]` must begin with ircs:// (TLS) or irc:// (plaintext), or for WebSocket with wss:// or ws://"
      ),
      ("ircs://", "`ircs://` needs an IP address to listen on, such as 127.0.0.1 or [::]"),
      ("ircs://localhost", "`ircs://localhost` needs an IP address to listen on, such as 127.0.0.1 or [::]"),
      ("ircs://1.2.3.4:65536", "`65536` is not a port between 0 and 65535"),
      ("ircs://1.2.3.4:", "`` is not a port between 0 and 65535"),
      ("ircs://1.2.3.4:+1", "`+1` is not a port between 0 and 65535"),
      ("ircs://1.2.3.4:6697/", "`6697/` is not a port between 0 and 65535"),
      ("wss://1.2.3.4", "`wss://1.2.3.4` needs a port, such as wss://1.2.3.4:8097"),
      ("ws://[::1]", "`ws://[::1]` needs a port, such as ws://[::1]:8097"),
      ("ircs://::1", "`ircs://::1`: write IPv6 addresses in brackets, such as [::1]"),
      ("ircs://[::1", "`ircs://[::1` has no closing bracket"),
      ("ircs://[::1]6697", "`ircs://[::1]6697` goes on after its address with something else than a port"),
      ("ircs://[1.2.3.4]", "`ircs://[1.2.3.4]`: only IPv6 addresses stand in brackets"),
    ])
  func invalid(url: String, reason: String) {
    do throws(BadValue) {
      Issue.record("taken for \(try Listener(url: url))")
    } catch {
      #expect(error.reason == reason)
    }
  }

  @Test(
    "metrics are served on loopback only",
    arguments: [
      ("127.0.0.1:9469", nil), ("[::1]:0", nil), ("0.0.0.0:9469", "not on loopback"), ("[::]:1", "not on loopback"),
      ("192.0.2.1:9469", "not on loopback"), ("127.0.0.1", "no address"), ("9469", "no address"),
      ("localhost:9469", "no address"), ("127.0.0.1:99999", "no address"), ("127.0.0.1:09", "no address"),
    ] as [(String, String?)])
  func metrics(text: String, reason: String?) {
    do throws(BadValue) {
      let listener = try Listener(metrics: text)
      #expect(reason == nil && "\(listener)" == "irc://\(text)")
    } catch {
      #expect(reason.map { error.reason.contains($0) } == true, "\(error.reason)")
    }
  }
}
