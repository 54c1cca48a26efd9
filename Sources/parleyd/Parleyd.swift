import ArgumentParser
import Logging
import ParleyCore
import ParleyServer
import ParleyStore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@main
struct Parleyd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parleyd",
    abstract: "A chat server that speaks IRCv3 and forgets nothing it has acknowledged.",
    version: Configuration().version,
    subcommands: [
      Serve.self, Config.self, AccountCommand.self, InvitationCommand.self, Backup.self,
      RestoreCommand.self, Check.self, Status.self,
    ],
    defaultSubcommand: Serve.self)

  /// Ends with 0, with 64 for a wrong command line, with 1 for anything else; errors are one sentence on standard error.
  static func main() {
    // Nothing that is written here is for others.
    umask(0o077)
    SQLiteStore.prepareProcess()
    var isServer = false
    do {
      var command = try parseAsRoot()
      isServer = command is Serve
      try command.run()
    } catch let error as SetupError {
      fail("\(error)", status: error.isUsage ? EX_USAGE : EXIT_FAILURE, isServer: isServer)
    } catch let error as StoreError {
      fail("The database: \(error)", status: EXIT_FAILURE, isServer: isServer)
    } catch let error as ServerError {
      fail("\(error)", status: EXIT_FAILURE, isServer: isServer)
    } catch {
      exit(withError: error)
    }
  }

  /// - Parameter isServer: a log has the error in a line of its form, too, which those who search the log find.
  private static func fail(_ sentence: String, status: Int32, isServer: Bool) -> Never {
    if isServer, isatty(STDERR_FILENO) == 0 {
      let logger = Logger(label: "parleyd") { _ in LogfmtHandler(output: LogOutput()) }
      logger.critical("server.ended", metadata: ["error": "\(sentence)"])
    }
    Terminal.printError("parleyd: \(sentence)")
    Self.exit(withError: ExitCode(status))
  }
}
