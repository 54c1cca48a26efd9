import CReadline
import Glibc
import ParleyTerminalKit

/// Serves commands of other programs that want the folder while this one has it open, each on a thread of its own. Used on the thread
/// that dispatches.
final class Service {
  static let socketName = "serve"
  private static let mostGuests = 64
  /// How long a command may take to wind up when this program ends.
  private static let patience: Int64 = 4_000

  private let setup: Setup
  private let engine: Engine
  /// The socket in the folder; -1: there is none, and others wait until this program has ended.
  private(set) var descriptor: Int32
  private var guests: [GuestAccess] = []

  init(_ setup: Setup, _ engine: Engine) {
    self.setup = setup
    self.engine = engine
    descriptor = creadline_listen(setup.directory, Self.socketName)
  }

  /// Takes connections that wait.
  func accept() {
    forgetFinished()
    while guests.count < Self.mostGuests {
      let connection = creadline_accept(descriptor)
      guard connection >= 0 else { return }
      guard let guest = GuestAccess(engine, setup, connection: connection) else {
        Glibc.close(connection)
        continue
      }
      guests.append(guest)
      guest.start()
    }
  }

  /// An event of the engine, for the commands that run.
  func tell(_ event: Event) {
    guard !guests.isEmpty else { return }
    forgetFinished()
    for guest in guests { guest.put(event) }
  }

  /// Ends the commands that run, each with what it has to say.
  /// - Parameter turn: lets the engine go on, for they wait for its answers.
  func stop(_ turn: () -> Void) {
    guard descriptor >= 0 else { return }
    Glibc.close(descriptor)
    descriptor = -1
    Files.remove("\(setup.directory)/\(Self.socketName)")
    for guest in guests { guest.interrupt() }
    let deadline = Clock.now() + Self.patience
    while !guests.isEmpty, Clock.now() < deadline {
      turn()
      forgetFinished()
    }
    for guest in guests { guest.abandon() }
  }

  private func forgetFinished() { guests.removeAll { $0.isFinished } }
}
