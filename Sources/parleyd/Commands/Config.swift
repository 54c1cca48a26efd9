import ArgumentParser
import ParleyServer

struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a complete configuration file with the settings in force.",
    discussion: """
      Settings at their defaults are commented out, unless --explicit is given. To keep the output, write it to a file of \
      another name and move that into place: `>parleyd.conf` empties the file before it is read.
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case file, man
  }

  @OptionGroup var setupOptions: SetupOptions

  @Flag(help: "Comment nothing out.")
  var explicit = false

  @Option(help: "A configuration file, or the table of settings for the manual page.")
  var format = Format.file

  func run() throws {
    switch format {
    case .file:
      let sources = setupOptions.sources
      let setup = try sources.load()
      print(setup.configurationFile(defaults: explicit ? nil : sources.defaults), terminator: "")
    case .man: print(SettingsTable.manual, terminator: "")
    }
  }
}
