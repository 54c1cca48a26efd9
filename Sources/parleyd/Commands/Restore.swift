import ArgumentParser
import IRC
import ParleyServer
import ParleyStore

struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Put a backup in the place of the database, with the server stopped; what was there is moved aside.",
    discussion: """
      The backup is checked before anything is changed. The old database stays in the data folder, in `replaced-` and the date.
      """)

  @OptionGroup var setupOptions: SetupOptions

  @Argument(help: "What `parleyd backup` wrote.")
  var file: String

  @Flag(help: "Print the report as JSON.") var json = false

  func run() throws {
    let folder = try setupOptions.load().folder
    try folder.prepare()
    let report = try Restore(file: file, folder: folder).run()
    if json { try printJSON(report, folder) } else { printText(report, folder) }
  }

  private func printText(_ report: Restore.Report, _ folder: DataFolder) {
    let contents = report.contents
    print(
      "Restored \(file) into \(folder.path): \(contents.accounts) accounts, \(contents.rooms) rooms, "
        + "\(contents.messages) messages, newest \(contents.newest?.iso8601 ?? "none").")
    print("The database is sound.")
    if let replaced = report.replaced { print("What was there is in \(replaced).") }
  }

  private struct Row: Encodable {
    var file: String
    var data: String
    var accounts: Int
    var rooms: Int
    var messages: Int
    var newest: String?
    var replaced: String?
  }

  private func printJSON(_ report: Restore.Report, _ folder: DataFolder) throws {
    let contents = report.contents
    let row = Row(
      file: file, data: folder.path, accounts: contents.accounts, rooms: contents.rooms, messages: contents.messages,
      newest: contents.newest?.iso8601, replaced: report.replaced)
    try Terminal.printJSON(row)
  }
}
