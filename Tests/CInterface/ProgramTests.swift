import Processes
import Testing

extension CInterface {
  /// C programs that check the library and print what fails. `make valgrind` and `make race` run the same.
  @Suite("Programs")
  struct ProgramTests {
    @Test(
      "Specified errors, never a crash",
      arguments: [
        "nonsense.c", "text.c", "closing.c", "dispatching.c", "threads.c", "forking.c", "folder.c", "old_options.c",
        "leaving.c", "throwing.cpp", "host.c", "own_calls.c",
      ])
    func run(name: String) throws {
      let folder = try TemporaryFolder()
      let program = try Compiler.build("\(Parts.folder)/programs/\(name)", in: folder)
      let data = ["leaving.c", "throwing.cpp", "host.c"].contains(name) ? [folder.file("data")] : []
      // Variables that the runtime would speak of, or install handlers for.
      let (status, output) = try Program.run(
        [program] + (name == "folder.c" ? [folder.path] : data),
        environment: ["SWIFT_DEBUG_HELP": "YES", "SWIFT_BACKTRACE": "enable=yes"], seconds: 60)
      #expect(status == 0, "\(output)")
      #expect(output == "ok\n", "the library prints nothing")
    }
  }
}
