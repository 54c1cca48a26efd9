import ArgumentParser
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
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as SetupError {
      fail("\(error)", status: error.isUsage ? EX_USAGE : EXIT_FAILURE)
    } catch let error as StoreError {
      fail("The database: \(error)", status: EXIT_FAILURE)
    } catch let error as ServerError {
      fail("\(error)", status: EXIT_FAILURE)
    } catch {
      exit(withError: error)
    }
  }

  private static func fail(_ sentence: String, status: Int32) -> Never {
    Terminal.printError("parleyd: \(sentence)")
    Self.exit(withError: ExitCode(status))
  }
}
