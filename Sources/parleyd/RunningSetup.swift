import ParleyServer
import Synchronization

/// The setup that the server runs on, as the last reload left it.
final class RunningSetup: Sendable {
  private let current: Mutex<Setup>

  init(_ setup: Setup) { current = Mutex(setup) }

  var setup: Setup { current.withLock { $0 } }
  var certificateFiles: CertificateFiles { setup.certificateFiles }

  /// - Returns: the setup before.
  @discardableResult
  func replace(with setup: Setup) -> Setup {
    current.withLock { current in
      defer { current = setup }
      return current
    }
  }
}
