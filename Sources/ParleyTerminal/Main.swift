import CReadline
import Glibc
import ParleyTerminalKit

@main
struct Main {
  static func main() {
    umask(0o077)
    creadline_fill_descriptors()
    Encoding.setUp()
    let output = Output.standard()
    var status = run(Array(CommandLine.arguments.dropFirst()), output)
    output.closeStandard()
    status = output.status(after: status)
    exit(status.rawValue)
  }

  private static func run(_ arguments: [String], _ output: Output) -> ExitStatus {
    var isJSON = arguments.contains("--json")
    do {
      let options = try OptionParser.parse(arguments)
      isJSON = options.isJSON
      switch options.action {
      case .help:
        output.text(Options.usage)
        return .done
      case .version:
        output.text("parley \(Version.text)\n")
        return .done
      case .chat where !options.isJSON && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1:
        return try ChatProgram(try Setup(options)).run()
      default:
        return try Script(try Setup(options), words: arguments, output).run()
      }
    } catch let error as UsageError {
      return Ending(.usage, error.description).tell(output, isJSON: isJSON)
    } catch let ending as Ending {
      return ending.tell(output, isJSON: isJSON)
    } catch {
      return Ending(.unreachable, "\(error)").tell(output, isJSON: isJSON)
    }
  }
}
