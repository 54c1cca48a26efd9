import Glibc

/// The command line.
struct Options: Equatable {
  var directory: String?
  var link: String?
  /// What was said instead of starting: text and exit status.
  var answer: (text: String, status: Int32)?

  static func == (one: Options, other: Options) -> Bool {
    one.directory == other.directory && one.link == other.link && one.answer?.text == other.answer?.text
  }

  static let usage = """
    Usage: parley-gtk [--directory DIR] [LINK]

      LINK             a server or an invitation: ircs://HOST[:PORT][/ROOM][?fp=sha256:HEX]
      --directory DIR  where identities and messages are kept (default: $XDG_DATA_HOME/parley)
      --help           this
      --version        the version

    """

  /// - Parameter arguments: without the program's name.
  init(_ arguments: [String], version: String) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--help", "-h": answer = (Self.usage, 0)
      case "--version": answer = ("parley-gtk \(version)\n", 0)
      case "--directory":
        directory = rest.popFirst()
        if directory?.isEmpty ?? true { answer = ("parley-gtk: --directory needs a folder\n", 2) }
      case let text where text.hasPrefix("--directory="): directory = String(text.dropFirst("--directory=".count))
      case let text where text.hasPrefix("-"): answer = ("parley-gtk: no such option: \(text)\n" + Self.usage, 2)
      default:
        if link != nil { answer = ("parley-gtk: one link at most\n", 2) }
        link = argument
      }
      if answer != nil { return }
    }
  }

  /// The folder shared with the terminal client.
  var engineDirectory: String {
    if let directory { return directory }
    if let data = getenv("XDG_DATA_HOME").map({ String(cString: $0) }), data.hasPrefix("/") { return data + "/parley" }
    let home = getenv("HOME").map { String(cString: $0) } ?? "."
    return home + "/.local/share/parley"
  }
}
