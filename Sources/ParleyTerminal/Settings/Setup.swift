import ParleyTerminalKit

/// What the program was started with: options, configuration, and where its folder is.
struct Setup {
  let options: Options
  let configuration: Configuration
  let directory: String

  init(_ options: Options) throws {
    self.options = options
    directory = try options.directory ?? Folders.engine()
    let path = try Folders.configuration()
    guard let bytes = Files.read(path) else {
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

  /// - Throws: `Ending`, in one sentence for people, if the folder cannot be used.
  func openEngine() throws(Ending) -> Engine {
    try Folders.make(directory)
    do {
      return try Engine(directory: directory)
    } catch .locked {
      throw Ending(.unreachable, "Another Parley has the folder \(directory) open: close it, or use --directory")
    } catch {
      throw Ending(.unreachable, "The folder \(directory): \(error.text)")
    }
  }
}
