import IRC
import Logging
import NIOCore
import NIOPosix
import ParleyCore
import Synchronization

/// Answers questions about the server from its start to its end: always on a socket in the data folder, by TCP where it is wanted.
final class StatusService: Sendable {
  private let metrics: Metrics
  private let startedAt: Timestamp
  private let logger: Logger
  private let channels = Mutex<[any Channel]>([])

  init(metrics: Metrics, startedAt: Timestamp, logger: Logger) {
    self.metrics = metrics
    self.startedAt = startedAt
    self.logger = logger
  }

  /// A socket that cannot be had (its path may be too long) is no reason not to serve people; a port that is asked for is.
  func start(_ settings: ServerSettings, group: MultiThreadedEventLoopGroup) throws(ServerError) {
    let started = Int(startedAt.seconds)
    let version = settings.core.version
    let answers = MetricsListener.Answers(
      metrics: { [metrics] in MetricsText.render(metrics, .now(startedAt: started), version: version) },
      problems: { [metrics] in metrics.problems() })
    do throws(ServerError) {
      keep(
        try MetricsListener.bind(path: DataFolder(path: settings.dataFolder).statusSocket, group: group, answers))
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

  func close() {
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
