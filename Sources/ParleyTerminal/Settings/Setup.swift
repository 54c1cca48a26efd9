import ParleyTerminalKit

/// What the program was started with: options, configuration, and where its folder is.
struct Setup {
  let options: Options
  let configuration: Configuration
  let directory: String

  init(_ options: Options) throws {
    self.options = options
    directory = try options.directory ?? Folders.engine()
    guard let path = Folders.configuration(), let bytes = Files.read(path) else {
      configuration = Configuration()
      return
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw UsageError("\(path): it is not UTF-8") }
    do {
      configuration = try Configuration(text)
    } catch {
      throw UsageError("\(path), \(error.description)")
    }
  }

  /// A command for the folder that is open already.
  init(_ options: Options, beside other: Setup) {
    self.options = options
    configuration = other.configuration
    directory = other.directory
  }

  /// - Returns: nil if another program has the folder open.
  /// - Throws: `Ending`, in one sentence for people, if the folder cannot be used.
  func openEngine() throws(Ending) -> Engine? {
    try Folders.make(directory)
    do {
      return try Engine(directory: directory)
    } catch .locked {
      return nil
    } catch {
      throw Ending(.unreachable, "The folder \(directory): \(error.text)")
    }
  }

  var isInUse: Ending {
    Ending(.unreachable, "Another Parley has the folder \(directory) open: close it, or use --directory")
  }
}
