import Foundation
import IRC
import Processes
import Testing

extension Live {
  /// A server goes back in time while two engines remember.
  @Suite("Restored server")
  struct RestoreTests {
    private static let room = "#past"

    enum Way: CaseIterable {
      /// `parleyd restore`.
      case command
      /// A copy of the database's file put back by hand.
      case file
      /// The whole data folder, as a snapshot of the machine has it.
      case folder
    }

    @Test("both engines see every new message once, and no name is used twice", arguments: Way.allCases)
    func restore(way: Way) throws {
      let folder = try TemporaryFolder()
      let server = try ServerProcess(in: folder)
      let program = try EngineHost.compile(in: folder)
      let proxy = try FaultProxy(to: server.plainPort)
      defer { proxy.stop() }
      for name in ["alice", "bob", "judge"] { try server.register(name) }
      var hosts: [EngineHost] = []
      for name in ["alice", "bob"] {
        let host = try EngineHost(name, program: program, folder: folder.file(name))
        try host.live(at: proxy.port)
        try host.ask("connect")
        #expect(try host.perform("join \(Self.room)") == 0)
        hosts.append(host)
      }
      let (alice, bob) = (hosts[0], hosts[1])
      func say(_ texts: [String], _ speaker: EngineHost, _ listener: EngineHost) throws {
        for text in texts { #expect(try speaker.perform("say \(Self.room) \(text)") == 0) }
        try listener.waitForMessage(texts[texts.count - 1])
      }

      try say(["kept-1", "kept-2"], alice, bob)
      let copy = folder.file("copy")
      if way == .folder {
        #expect(try server.terminate() == 0)
        try FileManager.default.copyItem(atPath: server.data, toPath: copy)
        try server.start()
        proxy.accept(for: server.plainPort)
        for host in hosts {
          try host.ask("connect")
          try host.waitUntilOnline()
        }
      } else {
        #expect(try server.run(["backup", copy]).status == 0)
      }
      let lost = (1...6).map { "lost-\($0)" }
      try say(lost, alice, bob)
      let lostRows = try bob.rows("history \(Self.room)").filter { lost.contains($0.text) }
      #expect(lostRows.count == 6)

      if way == .command { #expect(try server.run(["restore", copy]).status == 1, "the server runs") }
      #expect(try server.terminate() == 0)
      switch way {
      case .command:
        let (status, output) = try server.run(["restore", copy, "--json"])
        #expect(status == 0 && output.contains("\"accounts\":3") && output.contains("\"messages\":2"), "\(output)")
      case .file:
        for suffix in ["-wal", "-shm", "-search"] {
          try? FileManager.default.removeItem(atPath: server.data + "/parley.db" + suffix)
        }
        try FileManager.default.removeItem(atPath: server.data + "/parley.db")
        try FileManager.default.copyItem(atPath: copy, toPath: server.data + "/parley.db")
      case .folder:
        try FileManager.default.removeItem(atPath: server.data)
        try FileManager.default.copyItem(atPath: copy, toPath: server.data)
      }
      try server.start()
      proxy.accept(for: server.plainPort)
      let judge = try server.signIn("judge")
      try judge.join(Self.room)
      // Said while one of them is away still.
      try alice.ask("connect")
      try alice.waitUntilOnline()
      let new = (1...8).map { "new-\($0)" }
      for text in new.prefix(4) { #expect(try alice.perform("say \(Self.room) \(text)") == 0) }
      try bob.ask("connect")
      try bob.waitUntilOnline()
      try say(Array(new.dropFirst(4)), bob, alice)
      try alice.waitForMessage(new[7])
      try bob.waitForMessage(new[3])

      let history = try judge.wholeHistory(Self.room).filter { $0.command == "PRIVMSG" }
      #expect(history.map { $0.parameters[1] } == ["kept-1", "kept-2"] + new)
      #expect(Set(history.map { $0[tag: "msgid"] ?? "" }).isDisjoint(with: lostRows.map(\.networkID)))
      #expect(Set(history.map(\.sequence)).isDisjoint(with: lostRows.map(\.sequence)))
      for host in hosts {
        var rows = try host.rows("history \(Self.room)").filter(\.isText)
        // An engine marks them once it has asked for all that is new.
        let deadline = Deadline(seconds: 20)
        while rows.filter(\.isLost).isEmpty, !deadline.hasPassed {
          usleep(50_000)
          rows = try host.rows("history \(Self.room)").filter(\.isText)
        }
        #expect(rows.filter(\.isLost).map(\.text) == lost, "\(host.name)")
        #expect(rows.filter { !$0.isLost }.map(\.text) == ["kept-1", "kept-2"] + new, "\(host.name)")
        let arrivals = try host.rows("arrivals \(Self.room)").filter { $0.isText && !$0.isOwn }.map(\.text)
        #expect(Set(arrivals).count == arrivals.count, "\(host.name) was told twice: \(arrivals)")
      }
      #expect(try server.run(["check"]).status == 0)
    }
  }
}
