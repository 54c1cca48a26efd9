package import IRC
package import Logging
import NIOCore
package import NIOPosix
import ParleyCore
package import ParleyStore
import Synchronization

/// Answers questions about the server from its start to its end: always on a socket in the data folder, by TCP where it is wanted.
package final class StatusService: Sendable {
  private let metrics: Metrics
  private let reports: @Sendable (StoreReport) -> Void
  private let startedAt: Timestamp
  private let logger: Logger
  private let channels = Mutex<[any Channel]>([])

  /// - Parameter reports: takes what other commands have found in the database.
  package init(
    metrics: Metrics, startedAt: Timestamp, logger: Logger, reports: @escaping @Sendable (StoreReport) -> Void
  ) {
    self.metrics = metrics
    self.reports = reports
    self.startedAt = startedAt
    self.logger = logger
  }

  /// A socket that cannot be had (its path may be too long) is no reason not to serve people; a port that is asked for is.
  package func start(_ settings: ServerSettings, group: MultiThreadedEventLoopGroup) throws(ServerError) {
    let started = Int(startedAt.seconds)
    let version = settings.core.version
    let answers = MetricsListener.Answers(
      metrics: { [metrics] in MetricsText.render(metrics, .now(startedAt: started), version: version) },
      problems: { [metrics] in metrics.problems() })
    var ownAnswers = answers
    ownAnswers.damaged = { [reports] in reports(.damaged($0)) }
    do throws(ServerError) {
      keep(
        try MetricsListener.bind(path: DataFolder(path: settings.dataFolder).statusSocket, group: group, ownAnswers))
    } catch {
      logger.warning("server.no-status", metadata: ["error": "\(error)"])
    }
    guard !settings.metricsAddress.isEmpty else { return }
    let listener: Listener
    do throws(BadValue) {
      listener = try Listener(metrics: settings.metricsAddress)
    } catch {
      throw ServerError(error.reason)
    }
    let channel = try MetricsListener.bind(listener, group: group, answers)
    keep(channel)
    let port = channel.localAddress?.port ?? listener.port
    logger.notice("server.metrics", metadata: ["url": "http://\(listener.hostText):\(port)/metrics"])
  }

  package func close() {
    let channels = channels.withLock { channels in
      defer { channels = [] }
      return channels
    }
    for channel in channels {
      if let path = channel.localAddress?.pathname { Files.remove(path) }
      try? channel.close().wait()
    }
  }

  private func keep(_ channel: any Channel) { channels.withLock { $0.append(channel) } }
}
