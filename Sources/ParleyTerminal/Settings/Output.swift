import Glibc
import ParleyTerminalKit

/// Where a command's words go: standard output and error, or another process that has asked for them.
final class Output {
  enum Stream {
    case text
    /// UTF-8 whatever the locale says (RFC 8259, section 8.1).
    case json
    case diagnosis
  }

  /// Writes all of the text. Returns 0, or the error's number.
  private let sink: (Stream, String) -> Int32
  /// Why output cannot be written any more; 0: it can.
  private(set) var failure: Int32 = 0

  init(_ sink: @escaping (Stream, String) -> Int32) { self.sink = sink }

  static func standard() -> Output {
    Output { stream, text in
      write(
        stream == .json ? Array(text.utf8) : Encoding.encode(text),
        to: stream == .diagnosis ? STDERR_FILENO : STDOUT_FILENO)
    }
  }

  /// Nothing that is written arrives: a program that only tells has no reason to go on.
  var isBroken: Bool { failure != 0 }

  func text(_ text: String) { write(.text, text) }

  /// The value on a line.
  func json(_ value: JSON) { write(.json, value.line + "\n") }

  func diagnosis(_ sentence: String) { _ = sink(.diagnosis, "parley: \(Sanitizer.line(sentence))\n") }

  /// Passes on text of another program as it is.
  func pass(_ stream: Stream, _ text: String) {
    if stream == .diagnosis { _ = sink(stream, text) } else { write(stream, text) }
  }

  /// The status with which to end: output that could not be written is a failure, but for a reader that has closed a pipe because it
  /// had enough.
  func status(after status: ExitStatus) -> ExitStatus {
    guard failure != 0, failure != EPIPE else { return status }
    diagnosis("The output cannot be written: \(String(cString: strerror(failure)))")
    return ExitStatus(rawValue: max(status.rawValue, ExitStatus.unreachable.rawValue)) ?? status
  }

  /// Some file systems tell at the end that there was no room.
  func closeStandard() {
    if close(STDOUT_FILENO) != 0, errno != EBADF, failure == 0 { failure = errno }
  }

  private func write(_ stream: Stream, _ text: String) {
    guard failure == 0 else { return }
    failure = sink(stream, text)
  }

  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        var wait = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wait, 1, -1)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}
