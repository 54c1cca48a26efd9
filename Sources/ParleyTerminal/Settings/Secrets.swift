import CReadline
import Glibc
import ParleyTerminalKit

/// Passwords that come without a question: from the environment, a file, or a program that knows. Never from an argument, which
/// everybody on the computer can read.
struct Secrets {
  private let given: String?
  private let path: String?
  private let command: String?

  /// Takes the sources that the environment and the configuration name.
  init(_ configuration: Configuration) {
    given = Environment.value("PARLEY_PASSWORD")
    path = given == nil ? Environment.value("PARLEY_PASSWORD_FILE") : nil
    command = configuration.passwordCommand
  }

  /// The one that another program was given, or none.
  init(given: String?) {
    self.given = given
    path = nil
    command = nil
  }

  /// What a server wants before anything else, from the environment.
  static var serverPassword: String? { Environment.value("PARLEY_SERVER_PASSWORD") }

  /// Whether there is a source at all.
  var isProvided: Bool { isForThisRun || command != nil }

  /// Whether the person has provided one for this run of the program, and not for all.
  var isForThisRun: Bool { given != nil || path != nil }

  /// The password for this run.
  /// - Throws: `Ending` if a source is named that has none.
  func provided() throws(Ending) -> String? {
    if let given { return given }
    guard let path else { return nil }
    guard let bytes = Files.read(path, most: 4096), let line = Self.firstLine(bytes) else {
      throw Ending(.usage, "PARLEY_PASSWORD_FILE: there is no password in \(path)")
    }
    return line
  }

  /// - Throws: `Ending` if a source is named that has none.
  func password(account: String, host: String) throws(Ending) -> String? {
    if let password = try provided() { return password }
    guard let command else { return nil }
    setenv("PARLEY_ACCOUNT", account, 1)
    setenv("PARLEY_HOST", host, 1)
    // Its standard input would be what is meant for us.
    guard let pipe = popen("{ \(command)\n} </dev/null", "re") else { return nil }
    let bytes = Files.readAll(fileno(pipe), most: 4096)
    let status = pclose(pipe)
    guard status == 0, let bytes, let line = Self.firstLine(bytes) else {
      throw Ending(.signIn, "password-command gave no password for \(account)")
    }
    return line
  }

  /// From the terminal, even when input and output are not one. nil without a terminal or an answer.
  static func ask(_ prompt: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 602)
    let size = creadline_ask_secret(prompt, &buffer, buffer.count)
    defer { for index in buffer.indices { buffer[index] = 0 } }
    guard size > 0 else { return nil }
    return Encoding.decode(buffer.prefix(size).map { UInt8(bitPattern: $0) })
  }

  private static func firstLine(_ bytes: [UInt8]) -> String? {
    guard let line = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false).first else {
      return nil
    }
    let trimmed = line.last == 0x0D ? line.dropLast() : line
    return trimmed.isEmpty ? nil : String(validating: trimmed, as: UTF8.self)
  }
}
