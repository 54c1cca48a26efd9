public import ParleyCore

/// Everything the outside of the server needs to know: where it listens, where its data is, how much it lets in.
public struct ServerSettings: Sendable {
  public var dataFolder: String
  public var listeners: [Listener] = []
  /// Event loops.
  public var threads = 2
  /// Networks whose connections are exempt from rate limits.
  public var trusted: [Network] = []
  /// Web pages, by their origin, that may connect with WebSocket, with `*` and `?`; empty: all.
  public var webSocketOrigins: [String] = []
  /// Networks whose connections begin with a PROXY header, and whether they must.
  public var proxies: [Network] = []
  public var requiresProxyHeader = true
  /// PEM files; empty: `certificate.pem` and `key.pem` in the data folder, generated when missing.
  public var certificatePath = ""
  public var keyPath = ""
  /// Plaintext listeners off loopback are refused unless this is set.
  public var allowInsecurePlaintext = false

  /// Bytes that may wait for a reader before it is disconnected.
  public var sendQueueBytes = 2 << 20
  /// Lines a client may send at once, and per second afterwards. Beyond that its input waits. 0: no limit.
  public var lineBurst = 40
  public var linesPerSecond: Int {
    get { core.linesPerSecond }
    set { core.linesPerSecond = newValue }
  }
  /// Connections at a time, over all addresses.
  public var maximumConnections = 50_000
  /// Threads that derive passwords, and threads that read history.
  public var passwordThreads = 1
  public var readerThreads = 2
  /// Write addresses into the log.
  public var logAddresses = false

  /// Where metrics are served by HTTP, on loopback, as `127.0.0.1:9469`; empty: nowhere.
  public var metricsAddress = ""

  public var core = Configuration()

  public init(dataFolder: String) { self.dataFolder = dataFolder }

  /// Connections that one address may have: at most a quarter of all, so that a few addresses cannot fill the server.
  package var connectionsPerAddress: Int { min(core.connectionsPerAddress, max(1, maximumConnections / 4)) }

  /// What the core is to know: STS needs a port, which the listeners have.
  var coreConfiguration: Configuration {
    var configuration = core
    configuration.connectionsPerAddress = connectionsPerAddress
    let secure = listeners.filter { $0.isSecure && !$0.isWebSocket }
    if core.stsPort == 0 { configuration.stsPort = (secure.first { !$0.isLoopback } ?? secure.first)?.port ?? 0 }
    return configuration
  }
}

/// `ircs://ADDRESS:PORT`, `irc://ADDRESS:PORT`, or with WebSocket `wss://ADDRESS:PORT` and `ws://ADDRESS:PORT`.
public struct Listener: Hashable, Sendable, CustomStringConvertible {
  public var isSecure: Bool
  public var isWebSocket: Bool
  /// An IPv4 or IPv6 address, without brackets.
  public var address: String
  /// 0: any free port.
  public var port: Int

  public init(isSecure: Bool, isWebSocket: Bool = false, address: String, port: Int) {
    self.isSecure = isSecure
    self.isWebSocket = isWebSocket
    self.address = address
    self.port = port
  }

  /// A listener for IPv6 that must leave IPv4 to another one on the same port.
  func sharesPort(with listeners: [Listener]) -> Bool {
    address.contains(":") && port != 0
      && listeners.contains { $0.port == port && NetworkAddress($0.address)?.isIPv4 == true }
  }

  private var scheme: String {
    switch (isWebSocket, isSecure) {
    case (false, false): "irc"
    case (false, true): "ircs"
    case (true, false): "ws"
    case (true, true): "wss"
    }
  }

  /// As it stands in a URL.
  var hostText: String { address.contains(":") ? "[\(address)]" : address }

  public var description: String {
    "\(scheme)://\(hostText):\(port)"
  }
}
