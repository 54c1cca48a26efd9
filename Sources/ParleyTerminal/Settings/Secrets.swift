import CReadline
import Glibc
import ParleyTerminalKit

/// Passwords that nobody has to type: from the environment, a file, or a program that knows. Never from an argument, which
/// everybody on the computer can read.
struct Secrets {
  let configuration: Configuration

  /// Whether there is a source at all.
  var isProvided: Bool {
    Environment.value("PARLEY_PASSWORD") != nil || Environment.value("PARLEY_PASSWORD_FILE") != nil
      || configuration.passwordCommand != nil
  }

  /// - Throws: `Ending` if a source is named that has none.
  func password(account: String, host: String) throws(Ending) -> String? {
    if let password = Environment.value("PARLEY_PASSWORD") { return password }
    if let path = Environment.value("PARLEY_PASSWORD_FILE") {
      guard let bytes = Files.read(path, most: 4096), let line = Self.firstLine(bytes) else {
        throw Ending(.usage, "PARLEY_PASSWORD_FILE: there is no password in \(path)")
      }
      return line
    }
    guard let command = configuration.passwordCommand else { return nil }
    setenv("PARLEY_ACCOUNT", account, 1)
    setenv("PARLEY_HOST", host, 1)
    guard let pipe = popen(command, "re") else { return nil }
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
