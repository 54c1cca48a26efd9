import Processes
import Testing

extension CInterface {
  /// C programs that check the library and print what fails. `make valgrind` and `make race` run the same.
  @Suite("Programs")
  struct ProgramTests {
    @Test(
      "Specified errors, never a crash",
      arguments: [
        "nonsense", "text", "closing", "dispatching", "threads", "forking", "folder", "old_options", "own_calls",
      ])
    func run(name: String) throws {
      let folder = try TemporaryFolder()
      let program = try Compiler.build("\(Parts.folder)/programs/\(name).c", in: folder)
      let (status, output) = try Program.run([program] + (name == "folder" ? [folder.path] : []), seconds: 60)
      #expect(status == 0, "\(output)")
      #expect(output == "ok\n", "the library prints nothing")
    }
  }
}
