import ArgumentParser
import ParleyServer

struct Status: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask the running server how it is: 0 if it is healthy, 1 if it is not or does not run.")

  @OptionGroup var setupOptions: SetupOptions
  @Flag(help: "As a JSON object; the manual page lists its keys.") var json = false

  func run() throws {
    let status = try ServerStatus(asking: try setupOptions.load().folder)
    if json {
      try Terminal.printJSON(status.report)
    } else {
      for line in status.lines() { print(line) }
    }
    if !status.isHealthy { throw ExitCode.failure }
  }
}
