import Processes
import Testing

/// The library as C programs meet it: a header, a shared library, and nothing of Swift.
@Suite("C interface")
struct CInterface {}

/// Header, library and compilers.
enum Parts {
  static let header = BuildFolder.sources + "/include/parley.h"
  static let library = BuildFolder.file("libparley.so")
  static let folder = BuildFolder.sources + "/Tests/CInterface"
  static let examples = BuildFolder.sources + "/examples"
}

/// Compiles C as somebody does who has nothing but a compiler.
enum Compiler {
  static let warnings = ["-Wall", "-Wextra", "-pedantic", "-Werror"]

  /// Compiles a program and links it with the library.
  static func build(_ source: String, in folder: TemporaryFolder, flags: [String]? = nil) throws -> String {
    let isCPlusPlus = source.hasSuffix(".cpp")
    let flags = flags ?? [isCPlusPlus ? "-std=c++17" : "-std=c11"]
    let name = String(source.split(separator: "/").last?.split(separator: ".").first ?? "program")
    let program = folder.file(name)
    let (status, output) = try Program.run(
      [isCPlusPlus ? "c++" : "cc"] + flags + warnings + [
        "-I", BuildFolder.sources + "/include", source, "-o", program, "-L", BuildFolder.path, "-lparley", "-pthread",
        "-Wl,-rpath," + BuildFolder.path,
      ], seconds: 60)
    guard status == 0 else { throw LiveError("\(source) does not compile:\n\(output)") }
    return program
  }
}
