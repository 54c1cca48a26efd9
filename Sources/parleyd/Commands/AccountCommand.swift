import ArgumentParser
import ParleyServer
import ParleyStore

struct AccountCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "account",
    abstract: "Create, change and list accounts; a running server notices within about a second.",
    subcommands: [
      CreateAccount.self, SetPassword.self, ListAccounts.self, SuspendAccount.self, ResumeAccount.self,
      DeleteAccount.self, SetOperator.self, SetFingerprint.self,
    ])
}

/// Where a new password comes from. Never from an argument: those are visible to everybody on the machine.
struct PasswordOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Take the password from the first line of a file. Without it: from a prompt, or from standard input.",
      valueName: "file"))
  var passwordFile: String?

  func read() throws -> [UInt8] {
    if let passwordFile {
      let line = try Files.contents(of: passwordFile).prefix { $0 != UInt8(ascii: "\n") }
      return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }
    if Terminal.isInput { return try Terminal.askForNewPassword() }
    guard let line = readLine() else { throw SetupError("Standard input holds no password") }
    return Array(line.utf8)
  }
}

private struct CreateAccount: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "create", abstract: "Create an account.")

  @OptionGroup var setupOptions: SetupOptions
  @OptionGroup var passwordOptions: PasswordOptions
  @Argument(help: "The account's name: a nick.") var name: String
  @Flag(name: .customLong("operator"), help: "Make it a server operator.") var isOperator = false
  @Option(help: ArgumentHelp("E-mail address.", valueName: "address")) var email = ""

  func run() throws {
    let setup = try setupOptions.load()
    // Before the person is asked for a password.
    try setup.folder.prepare()
    let password = try passwordOptions.read()
    try SetupOptions.withStore(setup) { store in
      try AccountAdministration(store: store, settings: setup.server)
        .create(name, password: password, isOperator: isOperator, email: email)
    }
  }
}

private struct SetPassword: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "password", abstract: "Give an account a new password.")

  @OptionGroup var setupOptions: SetupOptions
  @OptionGroup var passwordOptions: PasswordOptions
  @Argument var name: String

  func run() throws {
    try setupOptions.administer { administration in
      _ = try administration.find(name)
      try administration.setPassword(name, try passwordOptions.read())
    }
  }
}

private struct SuspendAccount: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "suspend", abstract: "Keep an account from signing in; its messages stay.")

  @OptionGroup var setupOptions: SetupOptions
  @Argument var name: String
  @Option(help: ArgumentHelp("Shown to whoever tries to sign in.", valueName: "text")) var reason: String

  func run() throws { try setupOptions.administer { try $0.suspend(name, reason: reason) } }
}

private struct ResumeAccount: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "resume", abstract: "End an account's suspension.")

  @OptionGroup var setupOptions: SetupOptions
  @Argument var name: String

  func run() throws { try setupOptions.administer { try $0.resume(name) } }
}

private struct DeleteAccount: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Delete an account; its messages stay under the name they were sent with.")

  @OptionGroup var setupOptions: SetupOptions
  @Argument var name: String
  @Flag(help: "Do not ask.") var yes = false

  func run() throws {
    try setupOptions.administer { administration in
      let account = try administration.find(name)
      guard yes || Terminal.confirm("Delete the account \(account.name) for ever?") else {
        throw SetupError("Nothing was deleted; without a terminal, --yes is needed")
      }
      try administration.delete(name)
    }
  }
}

private struct SetOperator: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "oper", abstract: "Make an account a server operator, or no longer.",
    usage: "parleyd account oper [<options>] <name> (--grant | --revoke)")

  @OptionGroup var setupOptions: SetupOptions
  @Argument var name: String
  @Flag(help: "It is an operator whenever it signs in from now on.") var grant = false
  @Flag(help: "It is one no longer, at once.") var revoke = false

  func validate() throws {
    if grant == revoke { throw ValidationError("Say either --grant or --revoke") }
  }

  func run() throws { try setupOptions.administer { try $0.setOperator(name, grant) } }
}

private struct SetFingerprint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fingerprint", abstract: "Client certificates that may sign in to an account with SASL EXTERNAL.",
    discussion: "Without --add and --remove, those of the account are printed, one a line.")

  @OptionGroup var setupOptions: SetupOptions
  @Argument var name: String
  @Option(parsing: .singleValue, help: ArgumentHelp("SHA-256 of a certificate to allow.", valueName: "hex"))
  var add: [String] = []
  @Option(parsing: .singleValue, help: ArgumentHelp("SHA-256 of a certificate to forget.", valueName: "hex"))
  var remove: [String] = []

  func run() throws {
    try setupOptions.administer { administration in
      if add.isEmpty, remove.isEmpty {
        let account = try administration.find(name)
        for fingerprint in account.fingerprints { print(fingerprint) }
        if account.fingerprints.isEmpty { Terminal.printError("`\(account.name)` has no certificates") }
        return
      }
      for fingerprint in remove { try administration.removeFingerprint(name, fingerprint) }
      for fingerprint in add { try administration.addFingerprint(name, fingerprint) }
    }
  }
}

extension SetupOptions {
  func administer(_ body: (AccountAdministration) throws -> Void) throws {
    try withStore { store, setup in try body(AccountAdministration(store: store, settings: setup.server)) }
  }
}
