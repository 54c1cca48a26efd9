import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Looks up one host with the system's resolver, on a thread that lives as long as the question: a queue's threads would stay.
/// Once it is cancelled nothing reaches the event loop any more, whenever the system answers.
final class HostResolver: Resolver, Sendable {
  private struct State {
    var isStarted = false
    var isFinished = false
  }

  private let loop: any EventLoop
  private let v4: EventLoopPromise<[SocketAddress]>
  private let v6: EventLoopPromise<[SocketAddress]>
  private let state = NIOLockedValueBox(State())

  init(loop: any EventLoop) {
    self.loop = loop
    v4 = loop.makePromise()
    v6 = loop.makePromise()
  }

  func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
    start(host, port)
    return v4.futureResult
  }

  func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
    start(host, port)
    return v6.futureResult
  }

  /// On the event loop. Whoever waits is told that nothing will come.
  func cancelQueries() {
    guard finishes() else { return }
    v6.fail(CancelledLookup())
    v4.fail(CancelledLookup())
  }

  /// Both questions are one for the system.
  private func start(_ host: String, _ port: Int) {
    let isFirst = state.withLockedValue { state in
      defer { state.isStarted = true }
      return !state.isStarted
    }
    guard isFirst else { return }
    if let address = try? SocketAddress(ipAddress: host, port: port) {
      guard finishes() else { return }
      return publish([address])
    }
    let isRunning = Platform.detachThread { [self] in
      let result = Platform.lookUp(host, port: port)
      // Under the lock: whoever cancels, and then ends the loop, waits until this has been handed to it.
      state.withLockedValue { state in
        guard !state.isFinished else { return }
        state.isFinished = true
        loop.execute { [self] in publish(result) }
      }
    }
    if !isRunning, finishes() { publish(.failure(LookupError("no threads left"))) }
  }

  private func finishes() -> Bool {
    state.withLockedValue { state in
      defer { state.isFinished = true }
      return !state.isFinished
    }
  }

  private func publish(_ result: Result<[SocketAddress], LookupError>) {
    switch result {
    case .success(let addresses): publish(addresses)
    case .failure(let error):
      v6.fail(error)
      v4.fail(error)
    }
  }

  private func publish(_ addresses: [SocketAddress]) {
    v6.succeed(addresses.filter { $0.protocol == .inet6 })
    v4.succeed(addresses.filter { $0.protocol == .inet })
  }
}

/// The system does not know the host.
struct LookupError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

private struct CancelledLookup: Error {}
