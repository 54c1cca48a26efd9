import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Signals as ordinary calls, one after the other on a queue of their own.
final class Signals {
  private let queue = DispatchQueue(label: "parleyd.signals")
  private var sources: [any DispatchSourceSignal] = []

  init() { signal(SIGPIPE, SIG_IGN) }

  /// - Parameter handler: called with true for the first SIGTERM or SIGINT, with false for further ones.
  func whenAskedToEnd(_ handler: @escaping @Sendable (_ isFirst: Bool) -> Void) {
    let wasAsked = Flag()
    for number in [SIGTERM, SIGINT] {
      watch(number) { handler(!wasAsked.value.exchange(true, ordering: .relaxed)) }
    }
  }

  func whenAskedToReload(_ handler: @escaping @Sendable () -> Void) { watch(SIGHUP, handler) }

  /// Without waiting for anything: what was acknowledged is on disk.
  static func endAtOnce() -> Never { _exit(EXIT_FAILURE) }

  private func watch(_ number: Int32, _ handler: @escaping @Sendable () -> Void) {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
    source.setEventHandler(handler: handler)
    source.resume()
    sources.append(source)
  }

  private final class Flag: Sendable {
    let value = Atomic(false)
  }
}
