import ArgumentParser
import Logging
import ParleyCore
import ParleyServer
import ParleyStore

struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the server (what parleyd does when no command is given).",
    discussion: """
      SIGHUP reads configuration and certificate again. SIGTERM and SIGINT end the server once everything it has accepted \
      is on disk; a second one ends it at once.
      """)

  @OptionGroup var setupOptions: SetupOptions

  @Option(help: ArgumentHelp("The server's name, best the host name that clients use.", valueName: "host"))
  var name: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "ircs://ADDRESS:PORT or irc://ADDRESS:PORT, wss:// or ws:// for WebSocket (default: ircs://[::]:6697 and irc://127.0.0.1:6667). May be repeated.",
      valueName: "url"))
  var listen: [String] = []

  @Option(help: ArgumentHelp("Event loops.", valueName: "n"))
  var threads: Int?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Network exempt from limits per address, such as 10.0.0.0/8. May be repeated.", valueName: "cidr"))
  var trust: [String] = []

  private var sources: SetupSources {
    var sources = setupOptions.sources
    sources.name = name
    sources.listeners = listen
    sources.threads = threads
    sources.trusted = trust
    return sources
  }

  func run() throws {
    let sources = sources
    let setup = try sources.load()
    try setup.folder.prepare()
    let hasTLS = setup.server.listeners.contains(where: \.isSecure)
    let isFirstStart =
      try hasTLS
      && setup.certificateFiles.prepare(
        serverName: setup.server.core.serverName, listeners: setup.server.listeners)

    let output = LogOutput(level: setup.logLevel, showsAddresses: setup.server.logAddresses)
    LoggingSystem.bootstrap { _ in LogfmtHandler(output: output) }
    let logger = Logger(label: "parleyd")
    let certificate = hasTLS ? try setup.certificateFiles.description() : nil
    sources.warn(about: setup, certificate: certificate, logger)

    let isNew = !Files.exists(setup.folder.database)
    let store = try SetupOptions.openStore(setup, .serve)
    if isNew { logger.notice("store.created", metadata: ["file": "\(setup.folder.database)"]) }
    defer { try? setup.folder.giveDatabaseToOwner() }
    try setup.folder.giveDatabaseToOwner()
    let running = RunningSetup(setup)
    let server = try Server(settings: setup.server, store: store, logger: logger) {
      try running.certificateFiles.material()
    }
    let signals = Signals()
    signals.whenAskedToEnd { isFirst in
      if !isFirst { Signals.endAtOnce() }
      server.shutdown(reason: "The server is being stopped")
    }
    signals.whenAskedToReload { reload(sources, running, server, output, logger) }
    try server.start()
    if isFirstStart || Terminal.isOutput,
      let invitation = Invitation(
        settings: setup.server, listeners: server.boundListeners, certificate: certificate)
    {
      for line in invitation.instructions { print(line) }
      Terminal.flush()
    }
    try server.wait()
    withExtendedLifetime(signals) {}
  }

  /// A configuration with an error changes nothing.
  private func reload(
    _ sources: SetupSources, _ running: RunningSetup, _ server: Server, _ output: LogOutput, _ logger: Logger
  ) {
    do {
      let (setup, waiting) = try sources.reload(over: running.setup).reloadable(over: running.setup)
      let hasTLS = setup.server.listeners.contains(where: \.isSecure)
      let before = running.replace(with: setup)
      do {
        if hasTLS { try server.reloadCertificates() }
      } catch {
        running.replace(with: before)
        throw error
      }
      server.reload(setup.server)
      output.reconfigure(level: setup.logLevel, showsAddresses: setup.server.logAddresses)
      logger.notice("server.reloaded")
      if !waiting.isEmpty {
        logger.warning("server.restart-needed", metadata: ["settings": "\(waiting.joined(separator: ", "))"])
      }
      sources.warn(about: setup, certificate: hasTLS ? try setup.certificateFiles.description() : nil, logger)
    } catch {
      logger.error("server.reload-failed", metadata: ["error": "\(error)"])
    }
  }
}

extension SetupSources {
  /// What is legal but will surprise somebody.
  fileprivate func warn(about setup: Setup, certificate: CertificateDescription?, _ logger: Logger) {
    if let certificate {
      let (files, name) = (setup.certificateFiles, setup.server.core.serverName)
      if certificate.daysLeft < 14 {
        logger.warning(
          "certificate.expires", metadata: ["days": "\(certificate.daysLeft)", "file": "\(files.certificate)"])
      }
      // One of an authority may name many.
      if files.isGenerated, !certificate.names.contains(where: { $0.lowercased() == name.lowercased() }) {
        logger.warning(
          "certificate.other-name",
          metadata: [
            "certificate": "\(certificate.names.joined(separator: " "))", "file": "\(files.certificate)",
            "name": "\(name)",
          ])
      }
    }
    let path = configurationPath(for: setup)
    if setup.hasSecrets, let permissions = Files.permissions(of: path), permissions & 0o077 != 0 {
      logger.warning("configuration.readable-by-others", metadata: ["file": "\(path)"])
    }
  }
}
