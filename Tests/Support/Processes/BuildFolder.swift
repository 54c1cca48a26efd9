import Foundation

/// Where what is built with the tests lies.
package enum BuildFolder {
  /// Beside the test bundle.
  package static let path: String = {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    for place in [bundle, CommandLine.arguments[0]] {
      let folder = URL(fileURLWithPath: place).deletingLastPathComponent().path
      if FileManager.default.isExecutableFile(atPath: folder + "/parleyd") { return folder }
    }
    return FileManager.default.currentDirectoryPath + "/.build/release"
  }()

  package static func file(_ name: String) -> String { path + "/" + name }

  /// The top folder of the sources.
  package static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path
}
