import Foundation
import IRC
import Processes
import Testing

extension Live {
  /// A file system of 3 MiB that fills up and is freed. Needs root and mount namespaces.
  @Suite("Full disk")
  struct DiskFullTests {
    private static let size = 3 << 20

    private static func cannotMount(_ folder: TemporaryFolder) -> String? {
      #if os(Linux)
        guard getuid() == 0 else { return "not root" }
        let attempt = try? Program.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", folder.path])
        return attempt?.status == 0 ? nil : attempt?.output ?? "no unshare"
      #else
        return "no mount namespaces"
      #endif
    }

    /// Takes all the room that is left.
    private func fill(_ path: String) throws {
      let file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
      guard file >= 0 else { throw LiveError("cannot create \(path): errno \(errno)") }
      defer { close(file) }
      for size in [65_536, 4096, 1] {
        let block = [UInt8](repeating: 1, count: size)
        while write(file, block, size) > 0 {}
      }
    }

    /// Sends one message.
    /// - Returns: whether it was acknowledged; false: refused with STORE_UNAVAILABLE.
    private func say(_ text: String, _ client: Client) throws -> Bool {
      try client.send("@label=\(text) PRIVMSG #garden :\(text) \(String(repeating: "x", count: 300))")
      let answer = try client.wait(for: "an answer to \(text)") { $0[tag: "label"] == text }
      if answer.command == "PRIVMSG" { return true }
      guard answer.command == "FAIL", answer.parameters.prefix(2) == ["PRIVMSG", "STORE_UNAVAILABLE"] else {
        throw LiveError("unexpected: \(answer.text)")
      }
      return false
    }

    private func words(_ messages: [Message]) -> [String] {
      messages.map { String($0.parameters[1].prefix { $0 != " " }) }
    }

    @Test("a full disk refuses, goes on answering, and recovers when there is room")
    func full() throws {
      let folder = try TemporaryFolder()
      if let reason = Self.cannotMount(folder) {
        print("disk full: skipped: \(reason)")
        return
      }
      let server = try ServerProcess(
        in: folder, data: folder.path + "/small/data",
        wrapper: [
          "unshare", "-m", "sh", "-c",
          "mkdir \(folder.path)/small && mount -t tmpfs -o size=\(Self.size) tmpfs \(folder.path)/small && exec \"$@\"",
          "sh",
        ])
      let filler = "/proc/\(server.pid)/root\(folder.path)/small/filler"
      // Not on the command line: its namespace does not see the data.
      try server.register("alice")
      let alice = try server.signIn("alice")
      try alice.join("#garden")

      var acknowledged: [String] = []
      var refused = 0
      var longest = Duration.zero
      for round in 1...3 {
        for number in 1...20 where try say("\(round)-\(number)", alice) { acknowledged.append("\(round)-\(number)") }
        #expect(acknowledged.count >= round * 20, "with room on the disk everything is taken")
        try fill(filler)
        var number = 20
        var refusedNow = 0
        // The log may have room of its own left.
        while refusedNow < 10 {
          number += 1
          guard number < 20_000 else { throw LiveError("a full disk takes everything") }
          if try say("\(round)-\(number)", alice) { acknowledged.append("\(round)-\(number)") } else { refusedNow += 1 }
        }
        refused += refusedNow
        #expect(words(try alice.wholeHistory("#garden")) == acknowledged, "history is answered on a full disk")
        let guest = try server.guest("guest\(round)")
        try guest.send("PRIVMSG alice :psst")
        _ = try guest.sync()
        unlink(filler)
        let freed = ContinuousClock.now
        let deadline = Deadline(seconds: 10)
        var attempt = 0
        while true {
          attempt += 1
          guard !deadline.hasPassed else { throw LiveError("no recovery although there is room again") }
          guard try say("\(round)-again\(attempt)", alice) else { continue }
          acknowledged.append("\(round)-again\(attempt)")
          longest = max(longest, freed.duration(to: .now))
          break
        }
      }
      try fill(filler)
      for number in 1...5 where try say("last-\(number)", alice) { acknowledged.append("last-\(number)") }
      #expect(words(try alice.wholeHistory("#garden")) == acknowledged)
      unlink(filler)
      #expect(server.isRunning)
      try alice.send("QUIT")
      _ = try alice.readToEnd()
      server.signal(SIGTERM)
      #expect(try server.end() == 0)
      print("disk full: \(acknowledged.count) acknowledged and kept, \(refused) refused", terminator: ", ")
      print("takes messages again after \(Int(longest.inMilliseconds)) ms")
    }
  }
}
