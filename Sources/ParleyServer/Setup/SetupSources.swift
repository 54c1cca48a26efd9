/// What the command line says about the setup; how it comes together with file and defaults.
///
/// Each source overrides the ones before it: defaults, configuration file, `--set`, the options of their own. A list given by
/// a source replaces the list of the source before.
public struct SetupSources: Sendable {
  public var machine: Machine
  /// `--data`
  public var dataFolder: String?
  /// `--config`; without it, `parleyd.conf` in the data folder is read if it is there.
  public var configurationFile: String?
  /// `--set`: `key=value`
  public var assignments: [String] = []
  /// `--name`, `--listen`, `--threads`, `--trust`
  public var name: String?
  public var listeners: [String] = []
  public var threads: Int?
  public var trusted: [String] = []

  public init(machine: Machine = .current) { self.machine = machine }

  public var defaults: Setup { Setup(dataFolder: machine.dataFolder, machine: machine) }

  /// - Throws: with `isUsage` when the command line is wrong, without when a file is.
  public func load() throws(SetupError) -> Setup {
    let sets = try assignments.map { (text) throws(SetupError) in
      do throws(SetupError) {
        return try ConfigurationFile.assignment(text[...], origin: "--set")
      } catch {
        throw SetupError(error.description, isUsage: true)
      }
    }
    var setup = defaults
    let file = try readFile(folderFromSets: sets.last { $0.key == "data-folder" }?.value)
    setup.hasFile = file.isThere
    try apply(file.assignments, to: &setup)
    do throws(SetupError) {
      try apply(sets, to: &setup)
      try apply(options, to: &setup)
    } catch {
      throw SetupError(error.description, isUsage: true)
    }
    if let implied = file.impliedBy, setup.server.dataFolder != implied {
      throw SetupError("\(implied)/parleyd.conf cannot move its own data folder: use --data or --config")
    }
    if setup.server.dataFolder.isEmpty {
      throw SetupError("There is no home folder to keep data in: say where with --data", isUsage: true)
    }
    try setup.validate()
    return setup
  }

  private var options: [Assignment] {
    (dataFolder.map { [Assignment(option: "--data", key: "data-folder", value: $0)] } ?? [])
      + (name.map { [Assignment(option: "--name", key: "name", value: $0)] } ?? [])
      + listeners.map { Assignment(option: "--listen", key: "listen", value: $0) }
      + (threads.map { [Assignment(option: "--threads", key: "threads", value: "\($0)")] } ?? [])
      + trusted.map { Assignment(option: "--trust", key: "trust", value: $0) }
  }

  /// The configuration file's lines and, if it was found by the data folder, that folder.
  private func readFile(
    folderFromSets: String?
  ) throws(SetupError) -> (isThere: Bool, assignments: [Assignment], impliedBy: String?) {
    if let configurationFile { return (true, try Self.parse(configurationFile), nil) }
    let folder = dataFolder ?? folderFromSets ?? machine.dataFolder
    let path = DataFolder(path: folder).configuration
    guard !folder.isEmpty, Files.exists(path) else { return (false, [], nil) }
    return (true, try Self.parse(path), folder)
  }

  private static func parse(_ path: String) throws(SetupError) -> [Assignment] {
    let bytes = try Files.contents(of: path)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw SetupError("\(path) is not UTF-8 text") }
    return try ConfigurationFile.parse(text, name: path)
  }

  private func apply(_ assignments: [Assignment], to setup: inout Setup) throws(SetupError) {
    var begunLists: Set<String> = []
    for assignment in assignments {
      guard let setting = SettingsTable.byKey[assignment.key] else {
        throw SetupError(
          "\(assignment.origin): there is no such setting; `parleyd config` shows them all")
      }
      if setting.isList {
        if begunLists.insert(setting.key).inserted { setting.empty(&setup) }
        if assignment.isBlank { continue }
      }
      do throws(BadValue) {
        try setting.assign(assignment.value, to: &setup)
      } catch {
        throw SetupError("\(assignment.origin): \(error.reason)")
      }
    }
  }
}

extension SetupSources {
  /// Loads again, for a server that runs.
  /// - Throws: also when the file is gone that was read before: settings that restrict access would be forgotten with it.
  public func reload(over setup: Setup) throws(SetupError) -> Setup {
    let path = configurationPath(for: setup)
    if setup.hasFile, !Files.exists(path) { throw SetupError("Cannot read \(path): it is not there any more") }
    return try load()
  }

  /// The path of the file that was or would be read.
  public func configurationPath(for setup: Setup) -> String { configurationFile ?? setup.folder.configuration }
}

extension Setup {
  /// A file that gives these settings; those equal to `defaults` are commented out.
  public func configurationFile(defaults: Setup?) -> String { ConfigurationFile.render(self, defaults: defaults) }

  /// Keys in which this setup differs from another one, in the table's order.
  package func changes(from other: Setup) -> [Setting] { SettingsTable.all.filter { $0.read(self) != $0.read(other) } }

  /// This setup as far as a running server can take it on.
  ///
  /// - Returns: what it can take on, and the keys that wait for the next start.
  public func reloadable(over running: Setup) -> (setup: Setup, waiting: [String]) {
    var result = self
    let waiting = changes(from: running).filter { $0.effect == .restart }
    for setting in waiting { setting.copy(running, &result) }
    return (result, waiting.map(\.key))
  }

  /// True if the file holds something that others must not read.
  public var hasSecrets: Bool { SettingsTable.all.contains { $0.isSecret && $0.read(self).contains { !$0.isEmpty } } }
}
