import Glibc
import ParleyTerminalKit

@main
struct Main {
  static func main() {
    umask(0o077)
    let status = run(Array(CommandLine.arguments.dropFirst()))
    exit(status.rawValue)
  }

  private static func run(_ arguments: [String]) -> ExitStatus {
    Encoding.setUp()
    do {
      let options = try OptionParser.parse(arguments)
      switch options.action {
      case .help:
        Output.text(Options.usage)
        return .done
      case .version:
        Output.text("parley \(Version.text)\n")
        return .done
      case .chat:
        let setup = try Setup(options)
        let isForPeople = !options.isJSON && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
        return try isForPeople ? ChatProgram(setup).run() : LineProgram(setup).run()
      default:
        return try OneShot(try Setup(options)).run()
      }
    } catch let error as UsageError {
      return Ending(.usage, error.description).tell()
    } catch let ending as Ending {
      return ending.tell()
    } catch {
      return Ending(.unreachable, "\(error)").tell()
    }
  }
}
