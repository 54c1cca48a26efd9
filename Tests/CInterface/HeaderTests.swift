import Foundation
import Processes
import Testing

extension CInterface {
  @Suite("Header")
  struct HeaderTests {
    @Test(
      "The header compiles by itself, without a warning, in every language it promises",
      arguments: ["gcc", "clang"], ["c99", "c11", "c17", "c++17"])
    func compiles(compiler: String, language: String) throws {
      let folder = try TemporaryFolder()
      let isCPlusPlus = language.hasPrefix("c++")
      let source = folder.file(isCPlusPlus ? "alone.cpp" : "alone.c")
      // Twice: the second time it is empty.
      try "#include <parley.h>\n#include <parley.h>\nint main(void) { return PARLEY_OK; }\n"
        .write(toFile: source, atomically: true, encoding: .utf8)
      let (status, output) = try Program.run(
        [compiler, "-std=\(language)"] + Compiler.warnings + (isCPlusPlus ? [] : ["-Wstrict-prototypes"])
          + ["-I", BuildFolder.sources + "/include", "-fsyntax-only", source])
      #expect(status == 0, "\(output)")
    }

    @Test("Every function of the header is in the library, and nothing else is")
    func symbols() throws {
      let declared = try Self.functions()
      let exported = try Self.exported()
      #expect(declared.count > 100)
      #expect(declared.subtracting(exported) == [], "declared, but not implemented")
      #expect(exported.subtracting(declared) == [], "not in the header")
    }

    @Test("The program for nonsense handles calls every function that takes one")
    func completeness() throws {
      let program = try String(contentsOfFile: Parts.folder + "/programs/nonsense.c", encoding: .utf8)
      let missing = try Self.functions().filter { !program.contains($0 + "(") }
      #expect(missing == [])
    }

    @Test("What version 1.0 promised is still there, with the same numbers")
    func promises() throws {
      let folder = try TemporaryFolder()
      let list = try String(contentsOfFile: Parts.folder + "/abi-1.0.txt", encoding: .utf8)
      let exported = try Self.exported()
      var source = "#include <parley.h>\n"
      var count = 0
      for line in list.split(separator: "\n") where !line.hasPrefix("#") {
        let words = line.split(separator: " ").map(String.init)
        count += 1
        switch words[0] {
        case "function": #expect(exported.contains(words[1]), "\(words[1]) is gone")
        case "constant": source += "_Static_assert((long long)\(words[1]) == \(words[2])LL, \"\(words[1])\");\n"
        case "offset": source += "_Static_assert(offsetof(\(words[1]), \(words[2])) == \(words[3]), \"\(words[2])\");\n"
        // Structs may grow.
        case "size": source += "_Static_assert(sizeof(\(words[1])) >= \(words[2]), \"\(words[1])\");\n"
        default: Issue.record("unknown line: \(line)")
        }
      }
      #expect(count > 200)
      try source.write(toFile: folder.file("promises.c"), atomically: true, encoding: .utf8)
      let (status, output) = try Program.run(
        ["gcc", "-std=c11", "-I", BuildFolder.sources + "/include", "-fsyntax-only", folder.file("promises.c")])
      #expect(status == 0, "\(output)")
    }

    @Test("The library needs no Swift, has no Foundation, and cannot be unloaded")
    func dependencies() throws {
      let (status, output) = try Program.run(["readelf", "-d", Parts.library])
      #expect(status == 0)
      let needed = output.split(separator: "\n").filter { $0.contains("(NEEDED)") }
      #expect(!needed.isEmpty)
      #expect(!needed.contains { $0.contains("wift") || $0.contains("Foundation") || $0.contains("icu") }, "\(needed)")
      #expect(output.contains("NODELETE"))
      #expect(output.contains("BIND_NOW") || output.contains("NOW"))
    }

    @Test("The library holds nothing of libdispatch, starts no task, and looks for no environment")
    func contents() throws {
      let (status, output) = try Program.run(["nm", Parts.library], seconds: 60)
      #expect(status == 0)
      let names = output.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
      #expect(names.count > 1_000, "it has its symbols before it is installed")
      for prefix in ["dispatch_", "_dispatch_", "$s8Dispatch", "swift_task_", "swift_job_", "_Block_"] {
        #expect(names.filter { $0.hasPrefix(prefix) } == [], "\(prefix)")
      }
      let unresolved = try Program.run(["nm", "-D", "--undefined-only", Parts.library]).output
      let foreign = unresolved.split(separator: "\n").compactMap { line in
        line.split(separator: " ").last.map { String($0.prefix { $0 != "@" }) }
      }
      #expect(Set(foreign).isDisjoint(with: ["getenv", "secure_getenv", "environ", "__environ"]), "\(foreign)")
    }

    /// Names of the header's declarations.
    private static func functions() throws -> Set<String> {
      let text = try String(contentsOfFile: Parts.header, encoding: .utf8)
      let bare = text.replacing(/\/\*[\s\S]*?\*\//, with: "")
      return Set(bare.matches(of: /\b(parley_[a-z_]+)\(/).map { String($0.output.1) })
    }

    /// Names of the library's symbols that others can see.
    private static func exported() throws -> Set<String> {
      let (status, output) = try Program.run(["nm", "-D", "--defined-only", Parts.library])
      #expect(status == 0)
      var names: Set<String> = []
      for line in output.split(separator: "\n") {
        let words = line.split(separator: " ")
        // Small letters are local symbols; A is the version's own name.
        guard words.count == 3, words[1] == words[1].uppercased(), words[1] != "A" else { continue }
        names.insert(String(words[2].prefix { $0 != "@" }))
      }
      return names
    }
  }
}
