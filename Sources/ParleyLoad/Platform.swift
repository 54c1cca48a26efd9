#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What differs between systems, in one place.
enum Clock {
  /// Monotonic.
  static func microseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
  }

  static func milliseconds() -> Int64 { microseconds() / 1_000 }
}

enum Sockets {
  /// A connected socket that does not block.
  static func connect(_ host: String, _ port: Int) throws -> Int32 {
    var hints = addrinfo()
    #if canImport(Darwin)
      hints.ai_socktype = SOCK_STREAM
    #else
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #endif
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &found) == 0, let address = found else {
      throw LoadError(description: "\(host) is no address")
    }
    defer { freeaddrinfo(found) }
    let socket = socket(address.pointee.ai_family, address.pointee.ai_socktype, 0)
    #if canImport(Darwin)
      let result = Darwin.connect(socket, address.pointee.ai_addr, address.pointee.ai_addrlen)
    #elseif canImport(Musl)
      let result = Musl.connect(socket, address.pointee.ai_addr, address.pointee.ai_addrlen)
    #else
      let result = Glibc.connect(socket, address.pointee.ai_addr, address.pointee.ai_addrlen)
    #endif
    guard socket >= 0, result == 0 else {
      throw LoadError(description: "cannot connect to \(host) port \(port): \(String(cString: strerror(errno)))")
    }
    var one: Int32 = 1
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
    return socket
  }

  /// Never raises a signal.
  static func send(_ socket: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Darwin)
      return Darwin.send(socket, bytes.baseAddress, bytes.count, 0)
    #elseif canImport(Musl)
      return Musl.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    #else
      return Glibc.send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    #endif
  }
}

/// Another process, as /proc shows it; on systems without it, nothing is known.
struct ServerProcess {
  let id: Int

  init(_ id: Int) { self.id = id }

  /// User and system time of all threads.
  var processorSeconds: Double? {
    guard let text = contents("/proc/\(id)/stat"), let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Resident bytes.
  var memory: Int? {
    guard let text = contents("/proc/\(id)/status") else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix("VmRSS:") {
      return Int(line.filter(\.isNumber)).map { $0 * 1_024 }
    }
    return nil
  }

  private func contents(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 8_192)
    let count = fread(&buffer, 1, buffer.count, file)
    return String(decoding: buffer[..<count], as: UTF8.self)
  }
}
