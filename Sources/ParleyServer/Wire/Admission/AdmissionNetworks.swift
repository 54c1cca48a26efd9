import ParleyCore
import Synchronization

/// Networks that are treated in a way of their own when they connect.
struct AdmissionNetworks: Sendable {
  var trusted: [Network]
  /// Proxies and gateways.
  var carriers: [Network]

  init(_ settings: ServerSettings) {
    trusted = settings.trusted
    carriers = settings.proxies + settings.core.webircGateways.flatMap(\.networks)
  }

  /// A carrier is one also where it is trusted, because trust in it is not meant for those that it brings.
  func standing(of address: NetworkAddress) -> AdmissionTicket.Standing {
    if carriers.contains(where: { $0.contains(address) }) { return .carrier }
    return trusted.contains { $0.contains(address) } ? .trusted : .ordinary
  }
}

/// The networks as they are now, for all listeners.
final class SharedNetworks: Sendable {
  private let networks: Mutex<AdmissionNetworks>

  init(_ networks: AdmissionNetworks) { self.networks = Mutex(networks) }

  func replace(with networks: AdmissionNetworks) { self.networks.withLock { $0 = networks } }

  func standing(of address: NetworkAddress) -> AdmissionTicket.Standing {
    networks.withLock { $0.standing(of: address) }
  }
}
