import CReadline
import Glibc
import ParleyTerminalKit

/// A command, or lines of JSON: with the folder to itself, or served by the program that has it open.
struct Script {
  let setup: Setup
  let words: [String]
  let output: Output
  private let signals: Int32

  init(_ setup: Setup, words: [String], _ output: Output) {
    self.setup = setup
    self.words = words
    self.output = output
    signals = creadline_signals(1)
  }

  func run() throws(Ending) -> ExitStatus {
    let deadline = Clock.now() + Int64(setup.options.timeout) * 1000
    while true {
      if let engine = try setup.openEngine() {
        creadline_signals_begin()
        return try run(OwnAccess(setup, engine: engine, signals: signals, serves: isLong))
      }
      if !isForLines, let served = try ServedCommand(setup, words: words, signals: signals, output) {
        creadline_signals_begin()
        if let status = try served.run() { return status }
      }
      // Random, so that programs that wait do not try at the same moments.
      guard Clock.now() < deadline else { throw setup.isInUse }
      try pause(milliseconds: Int32.random(in: 15...60))
    }
  }

  private func run(_ access: OwnAccess) throws(Ending) -> ExitStatus {
    isForLines ? try LineProgram(setup, access, output).run() : OneShot(setup, access, output).run()
  }

  private var isForLines: Bool { setup.options.action == .chat }

  /// It has the folder open for long, and so serves others.
  private var isLong: Bool {
    if case .tail(_, let isFollowing) = setup.options.action { return isFollowing }
    return isForLines
  }

  private func pause(milliseconds: Int32) throws(Ending) {
    creadline_signals_begin()
    var wait = pollfd(fd: signals, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, milliseconds) <= 0 else {
      throw Ending(.unreachable, "Interrupted; nothing was done", code: "INTERRUPTED")
    }
  }
}
