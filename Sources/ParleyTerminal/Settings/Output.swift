import Glibc
import ParleyTerminalKit

/// Standard output and error, in the encoding of the locale.
enum Output {
  /// Ends the program, quietly, when nobody reads any more: a pipe into `head` is no error.
  static func text(_ text: String) {
    if !write(Encoding.encode(text), to: STDOUT_FILENO) { exit(ExitStatus.done.rawValue) }
  }

  /// A line of JSON, which is UTF-8 whatever the locale says (RFC 8259, section 8.1).
  static func json(_ value: JSON) {
    if !write(Array((value.line + "\n").utf8), to: STDOUT_FILENO) { exit(ExitStatus.done.rawValue) }
  }

  static func diagnosis(_ sentence: String) {
    _ = write(Encoding.encode("parley: \(Sanitizer.line(sentence))\n"), to: STDERR_FILENO)
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, -1)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }
}
