import ArgumentParser
import ParleyServer
import ParleyStore

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check the database: 0 if it is sound, 1 and what is wrong if not.")

  @OptionGroup var setupOptions: SetupOptions

  func run() throws {
    let findings = try setupOptions.withStore(isCheck: true) { store, _ in try store.check() }
    guard findings.isEmpty else {
      for finding in findings { Terminal.printError("parleyd: \(finding)") }
      throw ExitCode.failure
    }
    print("The database is sound.")
  }
}
