import ArgumentParser
import ParleyServer
import ParleyStore

struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy the database into a new file, while the server may be running.")

  @OptionGroup var setupOptions: SetupOptions

  @Argument(help: "The new file; it must not be there yet.")
  var file: String

  func run() throws {
    if Files.exists(file) { throw SetupError("\(file) is there already; a backup never overwrites anything") }
    try Files.expectRoom(for: file)
    try setupOptions.withStore { store, _ in try store.backup(to: file) }
  }
}
