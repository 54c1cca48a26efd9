import ParleyServer

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The person at the other end of standard input and output, if there is one.
enum Terminal {
  static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }
  static var isInput: Bool { isatty(STDIN_FILENO) == 1 }

  /// Lets a file or pipe have what was printed so far.
  static func flush() { fflush(nil) }

  static func printError(_ line: String) { LogOutput.writeToStandardError(Array((line + "\n").utf8)) }

  /// Asks on the terminal, twice, without showing what is typed.
  ///
  /// - Throws: also when interrupted; the terminal then shows again what is typed.
  static func askForNewPassword() throws -> [UInt8] {
    let password = try askWithoutEcho("Password: ")
    guard try askWithoutEcho("Again: ") == password else { throw SetupError("The two passwords differ") }
    return password
  }

  static func confirm(_ question: String) -> Bool {
    guard isInput else { return false }
    print("\(question) [y/N] ", terminator: "")
    flush()
    return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
  }

  private static func askWithoutEcho(_ prompt: String) throws -> [UInt8] {
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
    guard terminal >= 0 else { throw SetupError("There is no terminal to ask for a password: use --password-file") }
    defer { close(terminal) }
    // A signal must end the waiting, not the process: else the terminal would stay silent.
    let restore = interruptible()
    defer { restore() }
    var settings = termios()
    guard tcgetattr(terminal, &settings) == 0 else { throw SetupError("The terminal does not answer") }
    var silent = settings
    silent.c_lflag &= ~tcflag_t(ECHO)
    tcsetattr(terminal, TCSAFLUSH, &silent)
    defer { tcsetattr(terminal, TCSAFLUSH, &settings) }
    put(prompt, terminal)
    defer { put("\n", terminal) }
    return try line(from: terminal)
  }

  private static func line(from file: Int32) throws -> [UInt8] {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while true {
      guard read(file, &byte, 1) == 1, line.count < 4096 else { throw SetupError("No password was given") }
      if byte == UInt8(ascii: "\n") { return line }
      line.append(byte)
    }
  }

  private static func put(_ text: String, _ file: Int32) {
    let bytes = Array(text.utf8)
    _ = write(file, bytes, bytes.count)
  }

  /// Signals that would end the process interrupt `read` instead, until the returned closure is called.
  private static func interruptible() -> () -> Void {
    let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
    let old = signals.map { number in
      var action = sigaction()
      #if canImport(Darwin)
        action.__sigaction_u.__sa_handler = { _ in }
      #else
        action.__sigaction_handler.sa_handler = { _ in }
      #endif
      var before = sigaction()
      sigaction(number, &action, &before)
      return before
    }
    return {
      for (number, var before) in zip(signals, old) { sigaction(number, &before, nil) }
    }
  }
}
