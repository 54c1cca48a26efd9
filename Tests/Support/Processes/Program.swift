package import Foundation

/// A running program; what it prints is collected.
package final class Program: Sendable {
  package let pid: pid_t
  package let output: ProgramOutput

  /// - Parameters:
  ///   - arguments: the program's path first.
  ///   - environment: added to this process's own.
  ///   - input: the file that is its standard input.
  package init(_ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null") throws {
    var pipe: [Int32] = [0, 0]
    guard Foundation.pipe(&pipe) == 0 else { throw LiveError("no pipe: errno \(errno)") }
    for end in pipe { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(pipe[1]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 1)
    posix_spawn_file_actions_adddup2(&actions, pipe[1], 2)
    // Threads of the pool block all signals, and programs would begin like that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var vector = arguments.map { strdup($0) }
    vector.append(nil)
    defer { for pointer in vector { free(pointer) } }
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var settings = variables.map { strdup("\($0)=\($1)") }
    settings.append(nil)
    defer { for pointer in settings { free(pointer) } }
    var child: pid_t = 0
    let result = posix_spawnp(&child, arguments[0], &actions, &attributes, vector, settings)
    guard result == 0 else {
      close(pipe[0])
      throw LiveError("cannot start \(arguments[0]): errno \(result)")
    }
    pid = child
    output = ProgramOutput(descriptor: pipe[0])
  }

  /// Waits for the program's end.
  /// - Returns: its exit status, or minus the signal that ended it.
  package func wait(seconds: Double = 20) throws -> Int32 {
    guard output.waitForEnd(Deadline(seconds: seconds)) else {
      kill(pid, SIGKILL)
      throw LiveError("the program did not end; it printed:\n\(output.text)")
    }
    var status: Int32 = 0
    guard waitpid(pid, &status, 0) == pid else { throw LiveError("waitpid: errno \(errno)") }
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : -signal
  }

  /// Runs a program to its end.
  @discardableResult
  package static func run(
    _ arguments: [String], environment: [String: String] = [:], input: String = "/dev/null", seconds: Double = 20
  ) throws -> (status: Int32, output: String) {
    let program = try Program(arguments, environment: environment, input: input)
    let status = try program.wait(seconds: seconds)
    return (status, program.output.text)
  }
}

/// What a program has printed so far, on standard output and standard error.
package final class ProgramOutput: @unchecked Sendable {
  private let changed = NSCondition()
  private var bytes: [UInt8] = []
  private var hasEnded = false

  init(descriptor: Int32) {
    Thread { [self] in
      var buffer = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0, errno == EINTR { continue }
        changed.withLock {
          if count > 0 { bytes += buffer[..<count] } else { hasEnded = true }
          changed.broadcast()
        }
        if count <= 0 { break }
      }
      close(descriptor)
    }.start()
  }

  package var text: String { changed.withLock { String(decoding: bytes, as: UTF8.self) } }

  /// What follows a text up to the end of its line, once it has been printed `count` times: the last of them.
  package func value(after text: String, count: Int = 1, seconds: Double = 20) throws -> String {
    let deadline = Deadline(seconds: seconds)
    changed.lock()
    defer { changed.unlock() }
    while true {
      let printed = String(decoding: bytes, as: UTF8.self)
      let parts = printed.components(separatedBy: text)
      if parts.count > count, let end = parts[count].firstIndex(where: \.isNewline) {
        return String(parts[count][..<end])
      }
      guard !hasEnded, wait(deadline) else { throw LiveError("waited for `\(text)` in:\n\(printed)") }
    }
  }

  fileprivate func waitForEnd(_ deadline: Deadline) -> Bool {
    changed.lock()
    defer { changed.unlock() }
    while !hasEnded {
      if !wait(deadline) { return false }
    }
    return true
  }

  private func wait(_ deadline: Deadline) -> Bool {
    changed.wait(until: Date(timeIntervalSinceNow: Double(deadline.milliseconds) / 1000)) && !deadline.hasPassed
  }
}
