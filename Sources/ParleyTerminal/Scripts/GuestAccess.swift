import CReadline
import Glibc
import ParleyTerminalKit

/// A command of another program, on a thread of its own. The thread that dispatches puts events in.
final class GuestAccess: Access, @unchecked Sendable {
  /// Events that may wait for a command whose reader is slow.
  private static let mostEvents = 20_000

  let engine: Engine
  let isShared = true
  private let setup: Setup
  private let connection: Int32
  private var wakeReader: Int32 = -1
  private var wakeWriter: Int32 = -1

  // Behind the lock.
  private let lock = Lock()
  private var events: [Event] = []
  private var wasTold = false
  private var hasFinished = false

  // The command's thread's own.
  private(set) var secrets: Secrets
  private var received: [UInt8] = []
  private var input: [UInt8] = []
  private var hasInput = true
  private var isGone = false

  init?(_ engine: Engine, _ setup: Setup, connection: Int32) {
    self.engine = engine
    self.setup = setup
    self.connection = connection
    secrets = Secrets(given: nil)
    var ends: (Int32, Int32) = (-1, -1)
    let isMade = withUnsafeMutableBytes(of: &ends) {
      creadline_pair($0.baseAddress?.assumingMemoryBound(to: Int32.self))
    }
    guard isMade == 0 else { return nil }
    (wakeReader, wakeWriter) = ends
  }

  deinit {
    Glibc.close(wakeReader)
    Glibc.close(wakeWriter)
    Glibc.close(connection)
  }

  // MARK: For the thread that dispatches

  func start() {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self).toOpaque()
    let isMade = pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<GuestAccess>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context)
    if isMade == 0 {
      pthread_detach(thread)
    } else {
      Unmanaged<GuestAccess>.fromOpaque(context).release()
      finish(.unreachable)
    }
  }

  var isFinished: Bool { lock.with { hasFinished } }

  func put(_ event: Event) {
    lock.with {
      events.append(event)
      // It would miss what is dropped: it is told to end instead.
      if events.count > Self.mostEvents {
        events = []
        wasTold = true
      }
    }
    wake()
  }

  /// The program that serves ends.
  func interrupt() {
    lock.with { wasTold = true }
    wake()
  }

  /// Its thread may be waiting for a reader that does not read.
  func abandon() { shutdown(connection, Int32(SHUT_RDWR)) }

  private func wake() {
    var byte: UInt8 = 1
    _ = write(wakeWriter, &byte, 1)
  }

  // MARK: For the command

  var isInterrupted: Bool { isGone || lock.with { wasTold } }

  func wait(_ milliseconds: Int32, forInput: Bool) {
    var waits = [
      pollfd(fd: wakeReader, events: Int16(POLLIN), revents: 0),
      pollfd(fd: isGone ? -1 : connection, events: Int16(POLLIN), revents: 0),
    ]
    guard poll(&waits, nfds_t(waits.count), milliseconds) > 0 else { return }
    if waits[0].revents != 0 {
      var bytes = [UInt8](repeating: 0, count: 256)
      while read(wakeReader, &bytes, bytes.count) > 0 {}
    }
    if waits[1].revents != 0 { receive() }
  }

  func takeEvents() -> [Event] {
    lock.with {
      defer { events = [] }
      return events
    }
  }

  func takeInput() -> [UInt8]? {
    guard hasInput || !input.isEmpty else { return nil }
    defer { input = [] }
    return input
  }

  func close() {}

  private func receive() {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = read(connection, &buffer, buffer.count)
    if count < 0, errno == EINTR || errno == EAGAIN { return }
    guard count > 0 else {
      isGone = true
      return
    }
    received += buffer.prefix(count)
    do {
      while let frame = try Frame.take(&received) {
        switch frame.kind {
        case .input: input += frame.bytes
        case .inputEnd: hasInput = false
        case .interrupted: interrupt()
        case .request: request = frame.bytes
        default: break
        }
      }
    } catch {
      isGone = true
    }
  }

  // MARK: Its thread

  private var request: [UInt8]?

  private func run() {
    let deadline = Clock.now() + 5_000
    while request == nil, !isInterrupted, Clock.now() < deadline { wait(500, forInput: false) }
    let connection = connection
    let output = Output { stream, text in
      Frame.write(stream == .text ? .text : stream == .json ? .json : .diagnosis, Array(text.utf8), to: connection)
    }
    finish(request.map { obey($0, output) } ?? .usage)
  }

  private func obey(_ bytes: [UInt8], _ output: Output) -> ExitStatus {
    do {
      let request = try ServedRequest(JSONReader.read(bytes))
      secrets = Secrets(given: request.password)
      let setup = Setup(request.options, beside: self.setup)
      _ = Frame.write(.begun, [], to: connection)
      return OneShot(setup, self, output).run()
    } catch {
      return Ending(.usage, "\(error)").tell(output)
    }
  }

  private func finish(_ status: ExitStatus) {
    _ = Frame.write(.status, [UInt8(truncatingIfNeeded: status.rawValue)], to: connection)
    abandon()
    lock.with { hasFinished = true }
  }
}

/// A mutual exclusion of threads.
final class Lock: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  init() {
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func with<Result>(_ body: () throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }
}
