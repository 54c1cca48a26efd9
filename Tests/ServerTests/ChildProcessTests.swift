import IRC
import ParleyServer
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Programs that are run")
struct ChildProcessTests {
  private func run(_ script: String, input: String = "", milliseconds: Int64 = 10_000) -> ChildProcess.End {
    ChildProcess.run(["/bin/sh", "-c", script], input: Array(input.utf8), milliseconds: milliseconds)
  }

  @Test func theyReadWhatTheyAreGivenAndTellHowTheyEnded() {
    #expect(run("read line && test \"$line\" = hello", input: "hello\n") == .exited(0))
    #expect(run("exit 75") == .exited(75))
    #expect(run("kill -9 $$") == .killed(signal: 9))
  }

  @Test func whatIsNotThereIsNotStarted() {
    let end = ChildProcess.run(["/nowhere/sendmail"], input: [], milliseconds: 1_000)
    #expect(end == .notStarted(2))
    #expect(ChildProcess.run([], input: [], milliseconds: 1_000) != .exited(0))
  }

  @Test func oneThatDoesNotReadIsNoTrouble() {
    #expect(run("exit 0", input: String(repeating: "x", count: 16_000)) == .exited(0))
  }

  @Test func oneThatHangsIsKilledWithAllItStarted() {
    #expect(run("sleep 1000 & sleep 1000", milliseconds: 50) == .timedOut)
    #expect(ChildProcess.run(["/bin/sleep", "1000"], input: [], milliseconds: 100_000) { true } == .timedOut)
  }

  @Test func theyHaveNothingOfOurs() {
    // An open file that would be inherited.
    let descriptor = open("/dev/null", O_RDONLY)
    defer { close(descriptor) }
    #expect(run("test -z \"$HOME\" && test ! -e /proc/self/fd/\(descriptor)") == .exited(0))
  }
}
