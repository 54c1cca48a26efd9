#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A program that is given something to read, and has so long to end.
package enum ChildProcess {
  package enum End: Sendable, Equatable {
    case exited(Int32)
    case killed(signal: Int32)
    case timedOut
    case notStarted(Int32)
  }

  /// What the program may read is less than what any pipe holds, so that writing never waits.
  package static let maximumInput = 16_384

  /// Runs a program by its path: no shell, none of our environment, no open files of ours.
  /// - Parameter isCancelled: asked again and again; the program is then killed.
  package static func run(
    _ arguments: [String], input: [UInt8], milliseconds: Int64, isCancelled: () -> Bool = { false }
  ) -> End {
    guard let path = arguments.first, input.count <= maximumInput else { return .notStarted(EINVAL) }
    var pipe: [Int32] = [-1, -1]
    guard makePipe(&pipe) == 0 else { return .notStarted(errno) }
    let (readEnd, writeEnd) = (pipe[0], pipe[1])
    // Both ends are open here: nobody gets SIGPIPE, whatever the program does.
    let written = input.withUnsafeBytes { write(writeEnd, $0.baseAddress, $0.count) }
    close(writeEnd)
    guard written == input.count else {
      close(readEnd)
      return .notStarted(EIO)
    }
    var child: pid_t = 0
    let code = spawn(path, arguments, readEnd, &child)
    close(readEnd)
    guard code == 0 else { return .notStarted(code) }
    return wait(for: child, until: MonotonicClock.milliseconds() + milliseconds, isCancelled)
  }

  private static func makePipe(_ pipe: inout [Int32]) -> Int32 {
    guard pipe.withUnsafeMutableBufferPointer({ systemPipe($0) }) == 0 else { return -1 }
    for descriptor in pipe { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    return 0
  }

  private static func systemPipe(_ descriptors: UnsafeMutableBufferPointer<Int32>) -> Int32 {
    guard let address = descriptors.baseAddress else { return -1 }
    #if canImport(Glibc)
      return Glibc.pipe(address)
    #elseif canImport(Musl)
      return Musl.pipe(address)
    #else
      return Darwin.pipe(address)
    #endif
  }

  private static func spawn(_ path: String, _ arguments: [String], _ input: Int32, _ child: inout pid_t) -> Int32 {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    closeEverythingElse(&actions)
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that what it starts can be ended with it; signals as any program expects them.
    var all = sigset_t()
    var none = sigset_t()
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
    posix_spawnattr_setflags(&attributes, Int16(flags))
    let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"]
    return withCStrings(arguments) { arguments in
      withCStrings(environment) { environment in
        posix_spawn(&child, path, &actions, &attributes, arguments, environment)
      }
    }
  }

  /// Event loops open their sockets without CLOEXEC.
  private static func closeEverythingElse(_ actions: inout Actions) {
    #if !canImport(Darwin)
      // A GNU extension that Swift does not import.
      typealias CloseFrom = @convention(c) (UnsafeMutablePointer<Actions>, Int32) -> Int32
      if let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") {
        if unsafeBitCast(symbol, to: CloseFrom.self)(&actions, 3) == 0 { return }
      }
    #endif
    for descriptor in 3..<Int32(clamping: min(sysconf(Int32(_SC_OPEN_MAX)), 1 << 20)) {
      _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }
  }

  #if canImport(Darwin)
    private typealias Actions = posix_spawn_file_actions_t?
  #else
    private typealias Actions = posix_spawn_file_actions_t
  #endif

  private static func withCStrings<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = texts.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }

  private static func wait(for child: pid_t, until deadline: Int64, _ isCancelled: () -> Bool) -> End {
    var status: Int32 = 0
    while true {
      let result = waitpid(child, &status, WNOHANG)
      if result == child { return end(status) }
      if result < 0, errno != EINTR { return .notStarted(errno) }
      guard MonotonicClock.milliseconds() < deadline, !isCancelled() else { break }
      usleep(10_000)
    }
    kill(-child, SIGKILL)
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return .timedOut
  }

  private static func end(_ status: Int32) -> End {
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
  }
}
