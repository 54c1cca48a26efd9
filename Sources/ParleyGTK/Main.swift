import CParley
import Glibc

/// `parley-gtk`: Parley in a window.
@main
enum Main {
  static func main() {
    let number = parley_version()
    let version = "\(number / 1_000_000).\(number / 1000 % 1000).\(number % 1000)"
    let options = Options(Array(CommandLine.arguments.dropFirst()), version: version)
    if let answer = options.answer {
      _ = answer.text.withCString { write(answer.status == 0 ? STDOUT_FILENO : STDERR_FILENO, $0, strlen($0)) }
      exit(answer.status)
    }
    exit(Application(options).run())
  }
}
