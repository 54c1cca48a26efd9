import NIOCore
import ParleyCore
import Synchronization

/// Decides about each connection as soon as the listener has accepted it: the first handler of a listening socket.
///
/// A refused connection with TLS is closed without a word, because a handshake would cost more than the refusal saves. A plaintext one
/// gets one line if that can be sent at once, and is closed, whether or not the peer closes. The gate accepts no more while many refused
/// sockets have not been closed yet, so that a loop that is behind does not collect descriptors.
final class AcceptGate: ChannelDuplexHandler {
  typealias InboundIn = any Channel
  typealias InboundOut = any Channel
  typealias OutboundIn = any Channel
  typealias OutboundOut = any Channel

  /// Refused sockets of one listener that may be open at a time.
  static let refusedLimit = 16

  private let listener: Listener
  private let admission: AdmissionTable
  private let networks: SharedNetworks
  private let verdicts: AdmissionVerdicts
  private let report: AdmissionReport
  private var refused = 0
  private var isReadHeld = false

  init(_ listener: Listener, _ shared: Acceptor.Shared, _ verdicts: AdmissionVerdicts) {
    self.listener = listener
    admission = shared.admission
    networks = shared.networks
    report = shared.report
    self.verdicts = verdicts
  }

  func read(context: ChannelHandlerContext) {
    if refused >= Self.refusedLimit { isReadHeld = true } else { context.read() }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let channel = Self.unwrapInboundIn(data)
    // Without an address the peer has left already.
    guard let address = channel.remoteAddress.flatMap({ NetworkAddress($0) }) else { return close(channel, context) }
    let result = admission.admit(address, as: networks.standing(of: address)) {
      channel.close(promise: nil)
    }
    switch result {
    case .success(let ticket):
      verdicts.put(.admitted(ticket), for: channel)
      let (admission, verdicts) = (admission, verdicts)
      channel.closeFuture.whenComplete { _ in
        _ = verdicts.take(channel)
        admission.leave(ticket)
      }
      context.fireChannelRead(data)
    case .failure(let refusal):
      report.refused(refusal.reason, address)
      guard !listener.isSecure else { return close(channel, context) }
      count(channel, context)
      verdicts.put(.refused(refusal.reason), for: channel)
      context.fireChannelRead(data)
    }
  }

  private func close(_ channel: any Channel, _ context: ChannelHandlerContext) {
    count(channel, context)
    channel.close(promise: nil)
  }

  private func count(_ channel: any Channel, _ context: ChannelHandlerContext) {
    refused += 1
    let gate = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    let verdicts = verdicts
    channel.closeFuture.hop(to: context.eventLoop).whenComplete { _ in
      _ = verdicts.take(channel)
      let (gate, context) = gate.value
      gate.refused -= 1
      guard gate.isReadHeld, gate.refused < Self.refusedLimit / 2 else { return }
      gate.isReadHeld = false
      context.read()
    }
  }
}

/// What the gate has decided about connections whose handlers are not there yet.
final class AdmissionVerdicts: Sendable {
  enum Verdict: Sendable {
    case admitted(AdmissionTicket)
    case refused(RefusalReason)
  }

  private let verdicts = Mutex<[ObjectIdentifier: Verdict]>([:])

  func put(_ verdict: Verdict, for channel: any Channel) {
    verdicts.withLock { $0[ObjectIdentifier(channel)] = verdict }
  }

  func take(_ channel: any Channel) -> Verdict? {
    verdicts.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }
  }
}

extension NetworkAddress {
  /// nil unless it is an IP address.
  init?(_ address: SocketAddress) {
    // Behind family and port, and the flow of IPv6, of sockaddr_in and sockaddr_in6.
    switch address {
    case .v4(let address): self.init(bytes: withUnsafeBytes(of: address.address) { Array($0[4..<8]) })
    case .v6(let address): self.init(bytes: withUnsafeBytes(of: address.address) { Array($0[8..<24]) })
    case .unixDomainSocket: return nil
    }
  }
}
