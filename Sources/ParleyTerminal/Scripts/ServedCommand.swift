import CReadline
import Glibc
import ParleyTerminalKit

/// A request to another program: the words of a command line, and a password that was given with it.
struct ServedRequest {
  static let version: Int64 = 1

  let options: Options
  let password: String?

  static func bytes(words: [String], password: String?) -> [UInt8] {
    let request = JSON.object([
      JSON.Member("v", .integer(version)), JSON.Member("words", .array(words.map { .string($0) })),
      JSON.Member("password", .text(password)),
    ])
    return Array(request.line.utf8)
  }

  init(_ request: JSON) throws(UsageError) {
    guard request["v"]?.integerValue == Self.version, case .array(let words) = request["words"] else {
      throw UsageError("The Parley that has the folder open is of another version: close it")
    }
    options = try OptionParser.parse(words.compactMap(\.stringValue))
    password = request["password"]?.stringValue
  }
}

/// A command that the program carries out which has the folder open.
final class ServedCommand {
  private let connection: Int32
  private let signals: Int32
  private let output: Output
  private var unsent: [UInt8]
  private var received: [UInt8] = []
  private var wantsInput: Bool

  /// nil: no program serves.
  init?(_ setup: Setup, words: [String], signals: Int32, _ output: Output) throws(Ending) {
    connection = creadline_dial(setup.directory, Service.socketName)
    guard connection >= 0 else { return nil }
    self.signals = signals
    self.output = output
    wantsInput = setup.options.readsInput
    unsent = []
    let password = try Secrets(setup.configuration).provided()
    queue(.request, ServedRequest.bytes(words: words, password: password))
  }

  deinit { if connection >= 0 { close(connection) } }

  /// - Returns: nil if the other program went away before it had begun: the same can be tried again.
  func run() throws(Ending) -> ExitStatus? {
    var hasBegun = false
    while true {
      var waits = [
        pollfd(fd: connection, events: Int16(unsent.isEmpty ? POLLIN : POLLIN | POLLOUT), revents: 0),
        pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wantsInput && unsent.isEmpty ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&waits, nfds_t(waits.count), -1) >= 0 || errno == EINTR else { break }
      var bytes = [UInt8](repeating: 0, count: 16)
      if read(signals, &bytes, bytes.count) > 0 { queue(.interrupted, []) }
      if waits[0].revents & Int16(POLLOUT) != 0 { send() }
      if waits[2].revents != 0 { readInput() }
      guard waits[0].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 else { continue }
      guard let status = receive(&hasBegun) else { break }
      if let status = status.value { return status }
    }
    guard hasBegun else { return nil }
    throw Ending(.undelivered, "The Parley that has the folder open went away; what became of it is not known")
  }

  private func queue(_ kind: Frame.Kind, _ bytes: [UInt8]) {
    let size = UInt32(bytes.count)
    unsent += [kind.rawValue] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } + bytes
  }

  private func send() {
    let count = unsent.withUnsafeBytes {
      Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    }
    if count > 0 { unsent.removeFirst(count) }
  }

  private func readInput() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = read(STDIN_FILENO, &buffer, buffer.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return }
    if count > 0 {
      queue(.input, Array(buffer.prefix(count)))
    } else {
      wantsInput = false
      queue(.inputEnd, [])
    }
  }

  /// - Returns: nil at the connection's end; a value when the status has come.
  private func receive(_ hasBegun: inout Bool) -> (value: ExitStatus?, Void)? {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = read(connection, &buffer, buffer.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return (nil, ()) }
    guard count > 0 else { return nil }
    received += buffer.prefix(count)
    let wasBroken = output.isBroken
    while let frame = try? Frame.take(&received) {
      let text = String(decoding: frame.bytes, as: UTF8.self)
      switch frame.kind {
      case .begun: hasBegun = true
      case .text: output.pass(.text, text)
      case .json: output.pass(.json, text)
      case .diagnosis: output.pass(.diagnosis, text)
      case .status: return (frame.bytes.first.flatMap { ExitStatus(rawValue: Int32($0)) } ?? .undelivered, ())
      default: break
      }
    }
    // The output cannot be written any more: what has only to be told need not go on.
    if output.isBroken, !wasBroken { queue(.interrupted, []) }
    return (nil, ())
  }
}
