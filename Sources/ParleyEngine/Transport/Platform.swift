import IRC
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What differs between systems, and what has to go through C.
enum Platform {
  static func now() -> EngineTime {
    #if os(Linux)
      let monotonic = CLOCK_BOOTTIME
    #else
      // It runs during sleep here.
      let monotonic = CLOCK_MONOTONIC
    #endif
    return EngineTime(monotonic: time(of: monotonic), wall: time(of: CLOCK_REALTIME))
  }

  private static func time(of clock: clockid_t) -> Timestamp {
    var time = timespec()
    clock_gettime(clock, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }

  static func describe(_ code: CInt) -> String { String(cString: strerror(code)) }

  // MARK: - Folders

  /// Makes a folder with all that is missing above it, and sees that it is its owner's.
  static func makeFolder(_ path: String) -> Bool {
    var made = ""
    for part in path.split(separator: "/", omittingEmptySubsequences: true) {
      made += (made.isEmpty && !path.hasPrefix("/") ? "" : "/") + part
      if mkdir(made, 0o700) != 0, errno != EEXIST { return false }
    }
    return access(path, W_OK | X_OK) == 0
  }

  /// A lock that another process, or another engine of this one, cannot have at the same time. Ends with the process.
  final class FolderLock: Sendable {
    private let descriptor: CInt

    /// nil: somebody else has it.
    init?(_ path: String) throws(EngineError) {
      let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw errno == EMFILE || errno == ENFILE ? .memory : .store }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        return nil
      }
      self.descriptor = descriptor
    }

    /// A child of fork() has the descriptor too, and with it the lock: it is given up, not only closed.
    deinit {
      flock(descriptor, LOCK_UN)
      close(descriptor)
    }
  }

  // MARK: - Waking a host

  /// A descriptor that is readable or not.
  final class Signal: Sendable {
    let descriptor: CInt
    private let writer: CInt

    init() throws(EngineError) {
      var ends: [CInt] = [-1, -1]
      guard pipe(&ends) == 0 else { throw .memory }
      descriptor = ends[0]
      writer = ends[1]
      for end in ends {
        _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        _ = fcntl(end, F_SETFL, O_NONBLOCK)
      }
    }

    func set() {
      var byte: UInt8 = 1
      _ = write(writer, &byte, 1)
    }

    func clear() {
      var bytes: (UInt64) = 0
      _ = read(descriptor, &bytes, 8)
    }

    deinit {
      close(descriptor)
      close(writer)
    }
  }

  // MARK: - Threads and names

  /// SwiftNIO ends the process when an event loop cannot have its thread and descriptors: that they can be had is tried first.
  static func checkRoomForLoop() throws(EngineError) {
    // Two descriptors each, of which an event loop needs three.
    var signals: [Signal] = []
    for _ in 0..<4 { signals.append(try Signal()) }
    try withExtendedLifetime(signals) { () throws(EngineError) in
      guard let thread = startThread({}) else { throw .memory }
      pthread_join(thread, nil)
    }
  }

  /// Runs something on a thread of its own, which ends with it. Returns false if there can be no more threads.
  static func detachThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    guard let thread = startThread(body) else { return false }
    pthread_detach(thread)
    return true
  }

  private static func startThread(_ body: @escaping @Sendable () -> Void) -> pthread_t? {
    final class Box {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    let box = Unmanaged.passRetained(Box(body))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let code = pthread_create(
      &thread, nil,
      { (context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? in
        Platform.blockSignals()
        if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, box.toOpaque())
    if code != 0 { box.release() }
    return code == 0 ? thread : nil
  }

  /// A host's addresses, of both families, in the system's order. Blocks.
  static func lookUp(_ host: String, port: Int) -> Result<[SocketAddress], LookupError> {
    // Without hints each address comes once for each type of socket. (Who declares the structure of hints, and with it its
    // initializer, depends on what else is imported.)
    var first: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), nil, &first)
    guard code == 0 else { return .failure(LookupError(String(cString: gai_strerror(code)))) }
    defer { freeaddrinfo(first) }
    var addresses: [SocketAddress] = []
    func add(_ address: SocketAddress) { if !addresses.contains(address) { addresses.append(address) } }
    var next = first
    while let entry = next?.pointee {
      if let bytes = UnsafeRawPointer(entry.ai_addr) {
        switch entry.ai_family {
        case AF_INET: add(SocketAddress(bytes.loadUnaligned(as: sockaddr_in.self), host: host))
        case AF_INET6: add(SocketAddress(bytes.loadUnaligned(as: sockaddr_in6.self), host: host))
        default: break
        }
      }
      next = entry.ai_next
    }
    return .success(addresses)
  }

  // MARK: - Signals

  /// SwiftNIO makes the whole process ignore SIGPIPE with its first descriptor. That is the host's to decide: its choice is
  /// put back, and the engine's own threads block the signal instead.
  /// To be called before anything else happens on the first group.
  static func keepHostSignals(_ group: MultiThreadedEventLoopGroup) {
    isSignalKept.withLockedValue { isKept in
      var before = sigaction()
      var ends: [CInt] = [-1, -1]
      guard !isKept, sigaction(SIGPIPE, nil, &before) == 0, pipe(&ends) == 0 else { return }
      close(ends[1])
      let channel = try? NIOPipeBootstrap(group: group).takingOwnershipOfDescriptor(input: ends[0]).wait()
      sigaction(SIGPIPE, &before, nil)
      try? channel?.close().wait()
      isKept = true
    }
  }

  private static let isSignalKept = NIOLockedValueBox(false)

  /// The calling thread is never interrupted by a signal: those are for the host's threads.
  static func blockSignals() {
    var all = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, nil)
  }
}
