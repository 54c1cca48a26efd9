import Foundation
import IRC
import Processes
import Testing

extension Live {
  /// Losses of connections, the server's end, and what an operator does beside a running server.
  @Suite("Life of a server")
  struct LifecycleTests {
    @Test("a reset connection is a QUIT to the others at once")
    func reset() throws {
      let server = try ServerProcess(in: TemporaryFolder())
      let alice = try server.guest("alice")
      let bob = try server.guest("bob")
      try alice.join("#garden")
      try bob.join("#garden")
      _ = try alice.sync()
      let clock = ContinuousClock.now
      bob.socket.reset()
      let quit = try alice.wait(command: "QUIT", seconds: 5)
      #expect(quit.nick == "bob")
      #expect(clock.duration(to: .now) < .seconds(1))
      _ = try server.guest("bob")
    }

    @Test(
      "ALPN: a client that offers `irc` is told so, and one that offers other protocols only is served all the same")
    func applicationProtocol() throws {
      let server = try ServerProcess(in: TemporaryFolder())
      for (offered, chosen) in [(["irc"], "irc"), (["h2", "irc"], "irc"), (["h2"], nil), ([], nil)]
        as [([String], String?)]
      {
        let client = try Client("alice", port: server.securePort, secure: true, protocols: offered)
        try client.register()
        #expect(client.negotiatedProtocol == chosen)
        try client.send("QUIT")
        _ = try client.readToEnd()
      }
    }

    @Test("SIGTERM: everybody is told, nothing accepted is lost, the status is 0")
    func terminate() throws {
      let server = try ServerProcess(in: TemporaryFolder())
      for name in ["alice", "bob"] { try server.register(name) }
      let alice = try server.signIn("alice")
      let bob = try server.signIn("bob", secure: true)
      try alice.join("#garden")
      try bob.join("#garden")
      let silent = try server.connect("silent", secure: true)
      for number in 1...200 { try alice.send("PRIVMSG #garden :\(number)") }
      server.signal(SIGTERM)
      let farewells = try [alice.readToEnd(), bob.readToEnd()]
      #expect(try server.end() == 0)
      for farewell in farewells {
        #expect(farewell.last?.command == "ERROR")
        #expect(farewell.contains { $0.command == "NOTICE" && $0.parameters.last == "The server is being stopped" })
      }
      withExtendedLifetime(silent) {}
      let acknowledged = farewells[0].filter { $0.command == "PRIVMSG" }.map { $0.parameters[1] }

      try server.start()
      let kept = try server.signIn("alice").wholeHistory("#garden").map { $0.parameters[1] }
      #expect(kept == (1...200).prefix(kept.count).map(String.init))
      #expect(acknowledged == Array(kept.prefix(acknowledged.count)))
      #expect(acknowledged.count == kept.count, "what was stored was also acknowledged before the end")
    }

    @Test("a backup beside the running server is sound and complete up to its moment")
    func backup() throws {
      let server = try ServerProcess(in: TemporaryFolder())
      try server.register("alice")
      let alice = try server.signIn("alice")
      try alice.join("#garden")
      for number in 1...300 { try alice.send("PRIVMSG #garden :\(number)") }
      try alice.wait(text: "300")
      for number in 301...600 { try alice.send("PRIVMSG #garden :\(number)") }

      let copy = server.folder.file("copy")
      try FileManager.default.createDirectory(
        atPath: copy, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      let backup = try server.run(["backup", copy + "/parley.db"])
      #expect(backup.status == 0, "\(backup.output)")
      try alice.wait(text: "600")
      let check = try server.run(["check"], data: copy)
      #expect(check.status == 0, "\(check.output)")
      let checkOfOriginal = try server.run(["check"])
      #expect(checkOfOriginal.status == 0, "\(checkOfOriginal.output)")
      #expect(try server.run(["backup", copy + "/parley.db"]).status != 0, "a backup overwrites nothing")

      let second = try ServerProcess(in: server.folder, data: copy)
      let kept = try second.signIn("alice").wholeHistory("#garden").map { $0.parameters[1] }
      #expect(kept.count >= 300)
      #expect(kept == (1...kept.count).map(String.init))
    }

    @Test("accounts made and suspended on the command line: the running server notices")
    func accounts() throws {
      let server = try ServerProcess(in: TemporaryFolder())
      let watcher = try server.guest("watcher")
      let created = ContinuousClock.now
      try server.createAccount("dave")
      let deadline = Deadline(seconds: 10)
      var isKnown = false
      while !isKnown {
        guard !deadline.hasPassed else { throw LiveError("the running server does not know the new account") }
        try watcher.send("PRIVMSG dave :are you there?")
        isKnown = try !watcher.sync().contains { $0.command == "401" }
      }
      let toCreate = created.duration(to: .now)
      let dave = try server.signIn("dave", capabilities: ["message-tags"])
      #expect(try dave.sync().contains { $0.parameters.last == "are you there?" })

      let suspended = ContinuousClock.now
      let result = try server.run(["account", "suspend", "dave", "--reason", "holiday"])
      #expect(result.status == 0, "\(result.output)")
      #expect(try dave.readToEnd(seconds: 10).last?.parameters.last?.contains("holiday") == true)
      let toSuspend = suspended.duration(to: .now)
      #expect(throws: LiveError.self) { try server.signIn("dave") }
      print("accounts: created after \(Int(toCreate.inMilliseconds)) ms, suspended after", terminator: " ")
      print("\(Int(toSuspend.inMilliseconds)) ms")
      #expect(toCreate < .seconds(4))
      #expect(toSuspend < .seconds(4))
    }

    @Test("the database of a killed server is restored together with its log, and is not replaced when it is missing")
    func restoredAfterKill() throws {
      let folder = try TemporaryFolder()
      let server = try ServerProcess(in: folder)
      let author = try server.guest("author")
      try author.join("#log")
      for number in 1...20 { try author.send("PRIVMSG #log :message \(number)") }
      _ = try author.sync()
      server.signal(SIGKILL)
      _ = try author.readToEnd(seconds: 10)
      let database = server.data + "/parley.db"
      let old = folder.file("old")
      try FileManager.default.createDirectory(atPath: old, withIntermediateDirectories: false)
      for suffix in ["", "-wal"] {
        try FileManager.default.moveItem(atPath: database + suffix, toPath: old + "/parley.db" + suffix)
      }
      for suffix in ["-shm", "-search"] { try? FileManager.default.removeItem(atPath: database + suffix) }
      for command in [["check"], ["serve"]] {
        let refused = try server.run(command)
        #expect(refused.status == 1, "\(refused.output)")
        #expect(!FileManager.default.fileExists(atPath: database))
      }
      let restored = try server.run(["restore", old + "/parley.db"])
      #expect(restored.status == 0 && restored.output.contains("20 messages"), "\(restored.output)")
    }

    @Test("SIGHUP: new connections see the new certificate and configuration, old ones live on")
    func reload() throws {
      let folder = try TemporaryFolder()
      let server = try ServerProcess(in: folder)
      let other = try ServerProcess(in: folder, data: folder.file("other"))
      #expect(try other.terminate() == 0)
      let alice = try server.guest("alice", secure: true)
      let before = try #require(alice.fingerprint)

      for name in ["certificate.pem", "key.pem"] {
        try FileManager.default.removeItem(atPath: server.data + "/" + name)
        try FileManager.default.copyItem(atPath: other.data + "/" + name, toPath: server.data + "/" + name)
      }
      try "motd = \"Read again\"\n".write(toFile: server.data + "/parleyd.conf", atomically: true, encoding: .utf8)
      server.signal(SIGHUP)
      _ = try server.output?.value(after: "event=server.reloaded")
      let bob = try server.guest("bob", secure: true)
      let after = try #require(bob.fingerprint)
      #expect(after != before)
      try alice.send("PRIVMSG bob :still here")
      try bob.wait(text: "still here")
      try bob.send("MOTD")
      try bob.wait(for: "the new message of the day") { $0.parameters.last?.contains("Read again") == true }
      #expect(try server.run(["fingerprint"]).output.contains(after))

      // A mistake changes nothing.
      try "nonsense\n".write(toFile: server.data + "/parleyd.conf", atomically: true, encoding: .utf8)
      server.signal(SIGHUP)
      _ = try server.output?.value(after: "event=server.reload-failed")
      let carol = try server.guest("carol", secure: true)
      #expect(carol.fingerprint == after)
      #expect(try !alice.sync().contains { $0.command == "ERROR" })
    }
  }
}
