#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Asks the server that runs on a data folder.
enum StatusSocket {
  /// Seconds that each step may take.
  private static let patience = 5
  private static let longestAnswer = 1 << 20

  /// - Returns: the answer's status and body; nil if no server answers.
  static func get(_ target: String, from path: String) -> (status: Int, body: String)? {
    ask("GET \(target) HTTP/1.0\r\n\r\n", at: path)
  }

  /// - Returns: as `get` does.
  static func post(_ body: String, as target: String, to path: String) -> (status: Int, body: String)? {
    ask("POST \(target) HTTP/1.0\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)", at: path)
  }

  private static func ask(_ request: String, at path: String) -> (status: Int, body: String)? {
    #if canImport(Glibc)
      let kind = Int32(SOCK_STREAM.rawValue)
    #else
      let kind = SOCK_STREAM
    #endif
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var time = timeval(tv_sec: patience, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    guard reach(path, descriptor), put(request, into: descriptor) else { return nil }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while answer.count <= longestAnswer {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return parse(String(decoding: answer, as: UTF8.self)) }
      answer += buffer[..<count]
    }
    return nil
  }

  /// Without SIGPIPE: a server that has no place for the connection closes it at once, which must not end this process.
  private static func put(_ request: String, into descriptor: Int32) -> Bool {
    #if canImport(Darwin)
      let flags: Int32 = 0
    #else
      let flags = Int32(MSG_NOSIGNAL)
    #endif
    var rest = Array(request.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, flags) }
      if count < 0, errno != EINTR { return false }
      rest = rest.dropFirst(max(0, count))
    }
    return true
  }

  private static func reach(_ path: String, _ descriptor: Int32) -> Bool {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard bytes.count < room.count else { return false }
      room.copyBytes(from: bytes)
      return true
    }
    guard fits else { return false }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }

  /// `HTTP/1.1 200 OK`, headers, a blank line, the body.
  private static func parse(_ answer: String) -> (status: Int, body: String)? {
    let bytes = Array(answer.utf8)
    let blank = Array("\r\n\r\n".utf8)
    guard let end = bytes.indices.first(where: { bytes[$0...].starts(with: blank) }) else { return nil }
    let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ", maxSplits: 2)
    guard words.count > 1, let status = Int(words[1]) else { return nil }
    return (status, String(decoding: bytes[(end + blank.count)...], as: UTF8.self))
  }
}
