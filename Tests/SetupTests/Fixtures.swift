import ParleyServer

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Machine {
  static func sample(hostName: String = "chat.example.org", home: String = "/home/alice") -> Machine {
    Machine(hostName: hostName, home: home, dataHome: "", isRoot: false)
  }
}

extension SetupSources {
  /// Sources that find no file unless a test writes one.
  static func sample(folder: String = "/nonexistent/parleyd") -> SetupSources {
    var sources = SetupSources(machine: .sample())
    sources.dataFolder = folder
    return sources
  }
}

/// A folder that is gone after the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/parley-setup-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw SetupError("no temporary folder") }
    path = String(cString: made)
  }

  func write(_ name: String, _ text: String) throws {
    guard let file = fopen("\(path)/\(name)", "w") else { throw SetupError("cannot write \(name)") }
    defer { fclose(file) }
    fputs(text, file)
  }

  func setPermissions(_ permissions: UInt32, of name: String = "") { chmod("\(path)/\(name)", mode_t(permissions)) }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }
}

/// The sentence that an operation fails with.
func sentence<Result>(of operation: () throws -> Result) -> String? {
  do {
    _ = try operation()
    return nil
  } catch {
    return "\(error)"
  }
}
