import CReadline
import Glibc
import ParleyTerminalKit

/// The surroundings of a command: an engine, its events, standard input, and word that it is to end.
protocol Access: AnyObject {
  var engine: Engine { get }
  /// Passwords that the person has provided for this command.
  var secrets: Secrets { get }
  /// The engine is another program's: it answers questions and stays connected.
  var isShared: Bool { get }
  /// The command was told to end: by a signal, or because the program that served it ends.
  var isInterrupted: Bool { get }

  /// Waits for at most so many milliseconds until there are events, or input if it is wanted.
  func wait(_ milliseconds: Int32, forInput: Bool)
  func takeEvents() -> [Event]
  /// Bytes of standard input that are here; nil after its end.
  func takeInput() -> [UInt8]?
  /// The command is done.
  func close()
}

/// The folder, opened by this program.
final class OwnAccess: Access {
  let engine: Engine
  let secrets: Secrets
  let isShared = false
  private(set) var isInterrupted = false
  private let signals: Int32
  private let service: Service?
  private var events: [Event] = []
  private var input: [UInt8] = []
  private var hasInput = true

  /// - Parameter serves: whether other programs are served meanwhile.
  init(_ setup: Setup, engine: Engine, signals: Int32, serves: Bool) {
    self.engine = engine
    self.signals = signals
    secrets = Secrets(setup.configuration)
    service = serves ? Service(setup, engine) : nil
    engine.onEvent = { [unowned self] in
      self.events.append($0)
      self.service?.tell($0)
    }
  }

  func wait(_ milliseconds: Int32, forInput: Bool) {
    let wantsInput = forInput && hasInput
    var waits = [
      pollfd(fd: engine.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
      pollfd(fd: service?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wantsInput ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
    ]
    guard poll(&waits, nfds_t(waits.count), milliseconds) > 0 || errno == EINTR else { return }
    var bytes = [UInt8](repeating: 0, count: 16)
    if read(signals, &bytes, bytes.count) > 0 { isInterrupted = true }
    if waits[0].revents != 0 { engine.dispatch() }
    if waits[2].revents != 0 { service?.accept() }
    if wantsInput, waits[3].revents != 0 { readInput() }
  }

  func takeEvents() -> [Event] {
    defer { events = [] }
    return events
  }

  func takeInput() -> [UInt8]? {
    guard hasInput || !input.isEmpty else { return nil }
    defer { input = [] }
    return input
  }

  func close() {
    service?.stop { [unowned self] in self.wait(20, forInput: false) }
    engine.close()
  }

  private func readInput() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = read(STDIN_FILENO, &buffer, buffer.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return }
    if count <= 0 { hasInput = false } else { input += buffer.prefix(count) }
  }
}
