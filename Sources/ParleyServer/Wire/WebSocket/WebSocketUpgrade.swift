import Crypto
import IRC
import NIOHTTP1

/// Whether an HTTP request opens a WebSocket, and if not, why not (RFC 6455, section 4.2; IRCv3 "websocket").
enum WebSocketUpgrade: Equatable {
  case accepted(WebSocketSubprotocol?, key: String)
  case refused(HTTPResponseStatus)

  init(_ head: HTTPRequestHead, origins: [Mask]) {
    guard head.headers.has("websocket", in: "Upgrade"), head.headers.has("upgrade", in: "Connection") else {
      self = .refused(.upgradeRequired)
      return
    }
    guard head.method == .GET, head.version == .http1_1, head.headers["Host"].count == 1,
      let key = head.headers.only("Sec-WebSocket-Key"), Base64.decode(key)?.count == 16
    else {
      self = .refused(.badRequest)
      return
    }
    guard head.headers.only("Sec-WebSocket-Version") == "13" else {
      self = .refused(.upgradeRequired)
      return
    }
    // Browsers always say which page it is; what has no page needs no check (RFC 6455, section 10.2).
    let given = head.headers["Origin"]
    guard origins.isEmpty || given.allSatisfy({ origin in origins.contains { $0.matches(origin) } }) else {
      self = .refused(.forbidden)
      return
    }
    self = .accepted(WebSocketSubprotocol(offered: head.headers.words("Sec-WebSocket-Protocol")), key: key)
  }

  /// The whole answer.
  var response: String {
    switch self {
    case .accepted(let subprotocol, let key):
      // RFC 6455, section 4.2.2: what proves that the request was understood.
      let hash = Insecure.SHA1.hash(data: Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
      return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Accept: \(Base64.encode(Array(hash)))\r\n"
        + (subprotocol.map { "Sec-WebSocket-Protocol: \($0.rawValue)\r\n" } ?? "") + "\r\n"
    case .refused(let status):
      let isUpgrade = status == .upgradeRequired
      let text = isUpgrade ? "This is a chat server: connect with WebSocket." : status.reasonPhrase
      return "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\nConnection: close\(isUpgrade ? ", Upgrade" : "")\r\n"
        + (isUpgrade ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" : "")
        + "Content-Type: text/plain\r\nContent-Length: \(text.utf8.count + 1)\r\n\r\n\(text)\n"
    }
  }
}

/// How lines travel in messages.
package enum WebSocketSubprotocol: String, CaseIterable, Sendable {
  case text = "text.ircv3.net"
  case binary = "binary.ircv3.net"

  /// "The server MUST accept any subprotocol it supports, respecting the client's order of preference."
  init?(offered: [String]) {
    guard let first = offered.compactMap({ Self(rawValue: $0) }).first else { return nil }
    self = first
  }
}

extension HTTPHeaders {
  /// The words of a list, from all headers of the name.
  fileprivate func words(_ name: String) -> [String] { self[canonicalForm: name].map { String($0) } }

  fileprivate func has(_ word: String, in name: String) -> Bool { words(name).contains { $0.lowercased() == word } }

  /// The value of a header that stands there once.
  fileprivate func only(_ name: String) -> String? {
    let values = self[name]
    return values.count == 1 ? values[0] : nil
  }
}
