package import Logging
package import ParleyStore

/// Copies the store's log back while commits go on, because copying much takes long. The store's thread asks for it, and gets the result.
package final class LogReliefThread: @unchecked Sendable {
  private struct State {
    var isRequested = false
    var isBusy = false
    var isStopped = false
    var left: Int?
  }

  private let reliever: any LogReliever
  private let logger: Logger
  private let state = Monitor(State())

  /// - Parameter reliever: used by this thread only.
  package init(_ reliever: any LogReliever, logger: Logger) {
    self.reliever = reliever
    self.logger = logger
  }

  package func start() throws(ThreadError) -> WorkerThread {
    try WorkerThread(name: "parley-log") { self.run() }
  }

  package func request() {
    state.withLock { $0.isRequested = true }
    state.wakeOne()
  }

  /// Nothing is being copied, or about to be.
  package var isIdle: Bool { state.withLock { !$0.isRequested && !$0.isBusy } }

  /// Pages that the last pass left; nil: it has been taken, or none has ended.
  package func takeResult() -> Int? {
    state.withLock { state in
      defer { state.left = nil }
      return state.isBusy ? nil : state.left
    }
  }

  package func stop() {
    state.withLock { $0.isStopped = true }
    state.wakeAll()
  }

  private func run() {
    while true {
      let goesOn = state.wait { state -> Bool? in
        if state.isStopped { return false }
        guard state.isRequested else { return nil }
        state.isRequested = false
        state.isBusy = true
        return true
      }
      guard goesOn else { return }
      var left: Int?
      do throws(StoreError) {
        left = try reliever.relieve()
      } catch {
        // The store's own commits tell what it means.
        logger.warning("store.log-not-copied", metadata: ["error": "\(error)"])
        left = .max
      }
      state.withLock {
        $0.left = left
        $0.isBusy = false
      }
    }
  }
}
