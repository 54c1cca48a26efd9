import Logging
import ParleyCore
import ParleyServer
import Testing

@Suite("Settings table")
struct SettingsTableTests {
  private let defaults = SetupSources(machine: .sample()).defaults

  /// A setup in which nothing is as it is by default.
  private func everythingChanged() -> Setup {
    var setup = Setup(dataFolder: "/srv/parley data", machine: .sample())
    setup.logLevel = .warning
    setup.server.listeners = [Listener(isSecure: true, address: "2001:db8::1", port: 7000)]
    setup.server.threads = 5
    setup.server.trusted = ["10.0.0.0/8", "::1"].compactMap { Network($0) }
    setup.server.webSocketOrigins = ["https://*.example.org", "http://localhost:8000"]
    setup.server.proxies = ["192.0.2.0/24"].compactMap { Network($0) }
    setup.server.requiresProxyHeader = false
    setup.server.certificatePath = "/etc/ssl/chat.pem"
    setup.server.keyPath = "/etc/ssl/chat.key"
    setup.server.allowInsecurePlaintext = true
    setup.server.sendQueueBytes = 100_000
    setup.server.lineBurst = 0
    setup.server.maximumConnections = 77
    setup.server.passwordThreads = 3
    setup.server.readerThreads = 4
    setup.server.logAddresses = true
    setup.server.metricsAddress = "[::1]:9469"
    var core = Configuration()
    core.serverName = "irc.example.net"
    core.networkName = "Ex#ample"
    core.description = "An \"example\""
    core.admin = "root@example.net # not a comment"
    core.version = "x-1"
    core.messageOfTheDay = ["  indented", "", "\"quoted\"", "# no comment", "a = b", "trailing\t", "\u{301} accent "]
    core.lobby = ""
    core.linesPerSecond = 3
    core.connectionPassword = " \"#secret= "
    core.webircGateways = [
      WebIRCGateway(networks: ["192.0.2.1", "2001:db8::/64"].compactMap { Network($0) }, password: "hunter#2"),
      WebIRCGateway(networks: ["10.0.0.0/8"].compactMap { Network($0) }, password: "x"),
    ]
    core.stsDuration = 2_592_000
    core.stsPort = 7000
    core.stsPreload = true
    core.allowGuests = false
    core.allowRegistration = false
    core.allowRegistrationBeforeConnect = false
    core.requiresEmail = true
    core.mailCommand = "/usr/sbin/sendmail -t"
    core.mailFrom = "chat@example.net"
    core.passwordLength = 9
    core.alwaysOn = false
    core.historyComings = true
    core.passwordIterations = 4096
    for field in Self.numbers {
      core[keyPath: field] = field == \.sliceBytes ? 2_000 : field == \.multilineBytes ? 777 : 7
    }
    setup.server.core = core
    return setup
  }

  private static let numbers: [any WritableKeyPath<Configuration, Int> & Sendable] = [
    \.nickLength, \.channelLength, \.topicLength, \.awayLength, \.kickLength, \.realnameLength, \.keyLength,
    \.roomsPerUser, \.listEntriesPerRoom, \.targetsPerCommand, \.peoplePerMinute, \.metadataKeys, \.metadataValueBytes,
    \.metadataSubscriptions,
    \.modesPerCommand,
    \.sessionsPerAccount,
    \.lobbyFloodLines, \.lobbyFloodSeconds, \.guestConnectionsPerMinute, \.guestJoinsPerMinute,
    \.guestMessagesPerMinute, \.guestMessagesPerDay,
    \.guestBytesPerDay, \.guestRetentionDays,
    \.connectionsPerAddress, \.connectionsPerMinute, \.historyLimit, \.retentionDays, \.retentionMessages,
    \.replayLimit, \.appendsPerSession, \.backlogLines,
    \.multilineBytes, \.multilineLines, \.sliceBytes, \.pingInterval, \.pingTimeout, \.registrationTimeout,
  ]

  @Test("every field of the settings has exactly one setting")
  func completeness() {
    let setup = defaults
    // Without `server` and `hasFile`.
    let fields =
      Mirror(reflecting: setup).children.count - 2 + Mirror(reflecting: setup.server).children.count - 1
      + Mirror(reflecting: setup.server.core).children.count
    #expect(Set(SettingsTable.all.map { $0.field as AnyKeyPath }).count == fields)
    #expect(SettingsTable.all.count == fields)
    #expect(SettingsTable.byKey.count == fields)
  }

  @Test("the test's own changed setup differs in every setting")
  func changedEverywhere() {
    #expect(everythingChanged().changes(from: defaults).map(\.key) == SettingsTable.all.map(\.key))
  }

  @Test("a printed configuration, read again, gives the same settings", arguments: [true, false])
  func roundTrip(isExplicit: Bool) throws {
    for setup in [defaults, everythingChanged()] {
      let text = setup.configurationFile(defaults: isExplicit ? nil : defaults)
      let folder = try TemporaryFolder()
      try folder.write("all.conf", text)
      var sources = SetupSources(machine: .sample())
      sources.configurationFile = "\(folder.path)/all.conf"
      #expect(try sources.load().changes(from: setup).map(\.key) == [])
    }
  }

  @Test("a printed configuration with nothing changed is all comments")
  func defaultsAreCommentedOut() {
    let lines = defaults.configurationFile(defaults: defaults).split(separator: "\n")
    #expect(lines.allSatisfy { $0.hasPrefix("#") })
    #expect(lines.contains("#listen = ircs://[::]:6697"))
  }

  @Test("keys are lower-case words with hyphens, summaries are one sentence")
  func form() {
    for setting in SettingsTable.all {
      #expect(setting.key.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D })
      #expect(setting.summary.hasSuffix(".") && !setting.summary.contains("\n"), "\(setting.key)")
      #expect(!setting.unit.isEmpty, "\(setting.key)")
    }
  }

  @Test("a reload takes on what it can and names what waits for a restart")
  func reload() {
    let (setup, waiting) = everythingChanged().reloadable(over: defaults)
    #expect(
      waiting == [
        "data-folder", "name", "listen", "insecure-plaintext", "metrics", "threads", "password-threads",
        "reader-threads",
      ])
    #expect(setup.server.listeners == defaults.server.listeners)
    #expect(setup.server.core.serverName == "chat.example.org")
    #expect(setup.server.core.nickLength == 7)
    #expect(setup.logLevel == .warning)
  }

  @Test("the manual page holds the table as it is now")
  func manual() throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let page = String(decoding: try Files.contents(of: "/\(root)/docs/man/parleyd.8"), as: UTF8.self)
    #expect(page.contains(SettingsTable.manual), "run `make man`")
  }
}
