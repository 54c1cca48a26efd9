import IRC

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the defaults depend on. A value, so that tests do not depend on the machine they run on.
public struct Machine: Sendable {
  public var hostName: String
  /// `HOME` and `XDG_DATA_HOME`; empty when unset.
  public var home: String
  public var dataHome: String
  public var isRoot: Bool

  public init(hostName: String, home: String, dataHome: String, isRoot: Bool) {
    self.hostName = hostName
    self.home = home
    self.dataHome = dataHome
    self.isRoot = isRoot
  }

  public static var current: Machine {
    func environment(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
    var name = [CChar](repeating: 0, count: 256)
    let isKnown = gethostname(&name, name.count - 1) == 0
    let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return Machine(
      hostName: isKnown ? String(decoding: bytes, as: UTF8.self) : "", home: environment("HOME"),
      dataHome: environment("XDG_DATA_HOME"), isRoot: geteuid() == 0)
  }

  /// The host name if it can name a server, else the host name below `localhost`, which RFC 6761 keeps for this machine:
  /// clients tell a server from a person by the dot in its name.
  public var serverName: String {
    let name = hostName.lowercased()
    return [name, name + ".localhost"].first(where: ServerName.isValid) ?? "parley.localhost"
  }

  /// Empty when the machine has no place for data: then it must be given.
  public var dataFolder: String {
    if isRoot { return "/var/lib/parleyd" }
    // The XDG Base Directory Specification: a relative path is invalid and to be ignored.
    if dataHome.hasPrefix("/") { return dataHome + "/parleyd" }
    return home.isEmpty ? "" : home + "/.local/share/parleyd"
  }
}

enum ServerName {
  /// At most 63 bytes: it stands in front of every line.
  static func isValid(_ name: String) -> Bool {
    Names.isValidHostname(name) && !name.hasSuffix(".") && name.utf8.count <= 63
  }
}
