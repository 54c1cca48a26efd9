import NIOHTTP1

/// Whole HTTP answers, after which the connection ends.
enum HTTPAnswer {
  /// - Parameter hasBody: false for an answer to HEAD.
  static func text(
    _ status: HTTPResponseStatus, _ body: String, headers: String = "", hasBody: Bool = true
  ) -> String {
    "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n\(headers)Content-Type: text/plain\r\n"
      + "Content-Length: \(body.utf8.count + 1)\r\nConnection: close\r\n\r\n\(hasBody ? body + "\n" : "")"
  }
}
