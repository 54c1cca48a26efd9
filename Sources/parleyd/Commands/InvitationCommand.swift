import ArgumentParser
import ParleyServer

struct InvitationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invitation",
    abstract: "Print the invitation and how to connect.",
    aliases: ["fingerprint"])

  @OptionGroup var setupOptions: SetupOptions

  func run() throws {
    let setup = try setupOptions.load()
    let hasTLS = setup.server.listeners.contains(where: \.isSecure)
    if hasTLS, setup.certificateFiles.isGenerated, !Files.exists(setup.certificateFiles.certificate) {
      throw SetupError(
        "There is no certificate in \(setup.folder.path): start the server once, or say with --data where it is")
    }
    let certificate = hasTLS ? try setup.certificateFiles.description() : nil
    guard
      let invitation = Invitation(
        settings: setup.server, listeners: setup.server.listeners, certificate: certificate)
    else { return }
    for line in invitation.instructions { print(line) }
    if let certificate { print("Certificate: SHA-256 \(certificate.fingerprint), \(certificate.daysLeft) days left") }
  }
}
