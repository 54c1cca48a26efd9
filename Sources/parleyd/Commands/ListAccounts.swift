import ArgumentParser
import IRC
import ParleyServer
import ParleyStore

struct ListAccounts: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List all accounts.")

  @OptionGroup var setupOptions: SetupOptions
  @Flag(help: "As a JSON array, with all that is known except passwords.") var json = false

  func run() throws {
    try setupOptions.administer { administration in
      let accounts = try administration.list()
      if json { try Terminal.printJSON(accounts.map(Row.init)) } else { printTable(accounts) }
    }
  }

  private func printTable(_ accounts: [AccountRecord]) {
    let width = accounts.map(\.name.utf8.count).max() ?? 0
    for account in accounts {
      let marks = [
        account.isOperator ? "operator" : "",
        account.suspension.isEmpty ? "" : "suspended: \(account.suspension)",
        account.verifier == nil ? "no password" : "",
      ]
      let padding = String(repeating: " ", count: width - account.name.utf8.count)
      let line = [account.name + padding, "since \(account.registeredAt.iso8601.prefix(10))"] + marks
      print(line.filter { !$0.isEmpty }.joined(separator: "  "))
    }
  }

  private struct Row: Encodable {
    var name: String
    var nick: String
    var realname: String
    var email: String
    var registered: String
    var `operator`: Bool
    var suspension: String
    var hasPassword: Bool
    var fingerprints: [String]

    init(_ account: AccountRecord) {
      name = account.name
      nick = account.nick
      realname = account.realname
      email = account.email
      registered = account.registeredAt.iso8601
      `operator` = account.isOperator
      suspension = account.suspension
      hasPassword = account.verifier != nil
      fingerprints = account.fingerprints
    }
  }
}
