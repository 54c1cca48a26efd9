import IRC

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
      guard descriptor >= 0 else { throw FolderLock.error(errno) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        return nil
      }
      self.descriptor = descriptor
    }

    private static func error(_ code: CInt) -> EngineError {
      switch code {
      case EMFILE, ENFILE, ENOMEM: .memory
      case EACCES, EPERM, EROFS: .permission
      case ENOSPC, EDQUOT: .full
      default: .store
      }
    }

    /// A child of fork() has the descriptor too, and with it the lock: it is given up, not only closed.
    deinit {
      flock(descriptor, LOCK_UN)
      close(descriptor)
    }
  }

  // MARK: - Files

  /// A file's bytes; the errno where it cannot be read. Never waits, whatever is there.
  static func read(_ path: String, limit: Int) -> Result<[UInt8], SystemError> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return .failure(SystemError(errno)) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit + 1)
    var count = 0
    while count < bytes.count {
      let more = bytes.withUnsafeMutableBytes {
        systemRead(descriptor, $0.baseAddress.map { $0 + count }, $0.count - count)
      }
      if more < 0 { return .failure(SystemError(errno)) }
      if more == 0 { return .success(Array(bytes[..<count])) }
      count += more
    }
    return .failure(SystemError(EFBIG))
  }

  // MARK: - Waiting

  /// Waits until one of the descriptors is as it is wanted. -1: without end.
  static func wait(_ descriptors: inout [pollfd], milliseconds: Int32) {
    if poll(&descriptors, nfds_t(descriptors.count), milliseconds) >= 0 || errno == EINTR { return }
    // The system has no room to wait: a moment later everything is tried.
    pause(milliseconds: 20)
    for place in descriptors.indices { descriptors[place].revents = descriptors[place].events }
  }

  static func pause(milliseconds: Int) {
    var time = timespec(tv_sec: 0, tv_nsec: milliseconds * 1_000_000)
    nanosleep(&time, nil)
  }
}

/// The system's read(), whose name is taken where it is needed.
private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(descriptor, buffer, count)
}

/// Why the system has refused something.
struct SystemError: Error, Equatable {
  let code: Int32

  init(_ code: Int32) { self.code = code }
}

extension SystemError {
  static let noSuchFile = SystemError(ENOENT)
  static let noFolder = SystemError(ENOTDIR)
}
