import Foundation
import IRC
import ParleyCache
import ParleyEngine
import ParleyStore
import ParleyTesting
import Testing

/// A server that has lost its newest messages, and engines that have them.
@Suite("Losses")
struct LossTests {
  /// A server whose database is restored from a copy.
  private final class Scene {
    let folder: String
    let stage: Stage
    private var store: SQLiteStore
    private var starts: UInt8 = 0

    init() throws {
      folder = FileManager.default.temporaryDirectory.path + "/parley-loss-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      store = try Self.open(folder + "/0.db", folder, start: 0, now: 1_800_000_000_000)
      stage = try Stage(store: store)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private static func open(_ path: String, _ folder: String, start: UInt8, now: Int64) throws -> SQLiteStore {
      let seed = EpochSeed(
        now: Timestamp(milliseconds: now), random: [UInt8](repeating: start, count: EpochSeed.randomBytes),
        markPath: folder + "/mark")
      return try SQLiteStore(path: path, epoch: seed, makeSecret: { (0..<32).map { $0 } })
    }

    func backup() throws -> String {
      let copy = folder + "/\(starts + 1).db"
      try? FileManager.default.removeItem(atPath: copy)
      try store.backup(to: copy)
      return copy
    }

    /// - Parameter hasMark: the file that tells which numbers were given out is not lost.
    func restore(_ copy: String, hasMark: Bool = true) throws {
      starts += 1
      if !hasMark { try? FileManager.default.removeItem(atPath: folder + "/mark") }
      let next = try Self.open(copy, folder, start: starts, now: stage.world.now.milliseconds)
      try stage.replaceServer(with: next)
      store.close()
      store = next
    }
  }

  /// Alice and bob, with accounts, in a room.
  private func accounts(_ scene: Scene) throws -> (alice: Performer, bob: Performer) {
    let (alice, bob) = (
      try scene.stage.engine("alice", password: "sesame"), try scene.stage.engine("bob", password: "sesame")
    )
    for name in ["alice", "bob"] { try scene.stage.makeAccount(name) }
    for performer in [alice, bob] { performer.connect() }
    for performer in [alice, bob] { performer.join("#tea") }
    return (alice, bob)
  }

  private func rows(_ performer: Performer, _ chat: String) throws -> [MessageRow] {
    (try performer.reader.history(chat: performer.chat(chat), anchor: 0, before: 1_000, after: 0) ?? [])
      .filter { $0.kind <= 3 || $0.kind == 32 }
  }

  private func texts(_ performer: Performer, _ chat: String, lost: Bool) throws -> [String] {
    try rows(performer, chat).filter { $0.isLost == lost }.map(\.text)
  }

  @Test("what was lost stays, marked; what is said then comes once, to everybody")
  func restored() throws {
    let scene = try Scene()
    let (alice, bob) = try accounts(scene)
    for number in 1...3 { bob.say("kept \(number)", in: "#tea") }
    alice.say("kept", in: "bob")
    let copy = try scene.backup()
    for number in 1...4 { bob.say("lost \(number)", in: "#tea") }
    alice.say("lost of alice", in: "#tea")
    bob.say("lost privately", in: "alice")
    _ = try (alice.heard(), bob.heard())
    try scene.restore(copy)
    scene.stage.pass(seconds: 10)
    for performer in [alice, bob] {
      #expect(try texts(performer, "#tea", lost: true) == ["lost 1", "lost 2", "lost 3", "lost 4", "lost of alice"])
      #expect(try texts(performer, "#tea", lost: false) == ["kept 1", "kept 2", "kept 3"])
      #expect(try texts(performer, performer === alice ? "bob" : "alice", lost: true) == ["lost privately"])
      #expect(try performer.heard() == [])
    }
    for number in 1...6 { bob.say("new \(number)", in: "#tea") }
    bob.say("new privately", in: "alice")
    scene.stage.pass(seconds: 2)
    #expect(try alice.heard() == (1...6).map { "bob: new \($0)" } + ["bob: new privately"])
    #expect(try texts(alice, "#tea", lost: false) == (1...3).map { "kept \($0)" } + (1...6).map { "new \($0)" })
    #expect(try texts(bob, "#tea", lost: true).count == 5)
  }

  @Test("who comes back long after the restore catches up with everything, also over several restores")
  func late() throws {
    let scene = try Scene()
    let (alice, bob) = try accounts(scene)
    bob.say("kept", in: "#tea")
    let copy = try scene.backup()
    for number in 1...5 { bob.say("lost \(number)", in: "#tea") }
    bob.say("lost privately", in: "alice")
    _ = try alice.heard()
    alice.act(.disconnect(alice.identity, reason: ""))
    try scene.restore(copy)
    scene.stage.pass(seconds: 10)
    for number in 1...3 { bob.say("new \(number)", in: "#tea") }
    let second = try scene.backup()
    bob.say("never seen by alice", in: "#tea")
    try scene.restore(second)
    scene.stage.pass(seconds: 10)
    for number in 4...120 { bob.say("new \(number)", in: "#tea") }
    bob.say("new privately", in: "alice")
    try alice.restart()
    alice.connect()
    scene.stage.pass(seconds: 10)
    #expect(try Set(alice.heard()) == Set((1...120).map { "bob: new \($0)" } + ["bob: new privately"]))
    #expect(try texts(alice, "#tea", lost: true) == (1...5).map { "lost \($0)" })
    #expect(try texts(alice, "#tea", lost: false) == ["kept"] + (1...120).map { "new \($0)" })
    #expect(try texts(alice, "bob", lost: true) == ["lost privately"])
    #expect(try texts(alice, "bob", lost: false) == ["new privately"])
  }

  @Test("a conversation in which nothing is left begins anew")
  func nothingInCommon() throws {
    let scene = try Scene()
    let (alice, bob) = try accounts(scene)
    let copy = try scene.backup()
    for number in 1...3 { bob.say("lost \(number)", in: "#tea") }
    bob.say("lost privately", in: "alice")
    _ = try alice.heard()
    try scene.restore(copy)
    scene.stage.pass(seconds: 10)
    bob.say("new", in: "#tea")
    bob.say("new privately", in: "alice")
    scene.stage.pass(seconds: 2)
    #expect(try alice.heard() == ["bob: new", "bob: new privately"])
    #expect(try texts(alice, "#tea", lost: true) == (1...3).map { "lost \($0)" })
    #expect(try texts(alice, "bob", lost: false) == ["new privately"])
  }

  @Test("an edit is seen that a redaction had erased, when the server has lost the redaction")
  func redactionIsLost() throws {
    let scene = try Scene()
    let (alice, bob) = try accounts(scene)
    bob.say("one", in: "#tea")
    // Pages have 100 messages: the first one is on none of those that follow.
    for number in 1...100 { bob.say("before \(number)", in: "#tea") }
    let first = try #require(rows(bob, "#tea").first)
    alice.isServerReachable = false
    alice.cut()
    bob.act(.edit(message: first.id, text: "two"))
    for number in 1...90 { bob.say("\(number)", in: "#tea") }
    let copy = try scene.backup()
    for number in 91...100 { bob.say("\(number)", in: "#tea") }
    bob.act(.redact(message: first.id, reason: ""))
    bob.say("last", in: "#tea")
    // The page that would tell of the redaction does not arrive.
    var isCut = false
    alice.onEvents = { [unowned alice] in
      if !isCut, (try? alice.transcript("#tea").last) == "bob: 100" {
        isCut = true
        alice.isServerReachable = false
        alice.cut()
      }
    }
    alice.isServerReachable = true
    scene.stage.pass(seconds: 5)
    #expect(isCut)
    #expect(try rows(alice, "#tea").first?.text == "one")
    try scene.restore(copy)
    scene.stage.pass(seconds: 10)
    #expect(try rows(alice, "#tea").first?.text == "two")
  }

  @Test("with a clock that is behind, new numbers are below the lost ones, and what was lost is marked all the same")
  func numbersBelow() throws {
    let scene = try Scene()
    let (alice, bob) = try accounts(scene)
    bob.say("kept", in: "#tea")
    bob.say("kept privately", in: "alice")
    let copy = try scene.backup()
    try scene.restore(copy)
    scene.stage.pass(seconds: 10)
    let older = try scene.backup()
    for number in 1...3 { bob.say("lost \(number)", in: "#tea") }
    bob.say("lost privately", in: "alice")
    alice.say("lost of alice", in: "bob")
    let highest = try rows(alice, "#tea").map(\.sequence).max() ?? 0
    _ = try alice.heard()
    scene.stage.world.now = scene.stage.world.now.adding(milliseconds: -3_600_000)
    // A copy from before the epoch that the lost messages are of.
    try scene.restore(older, hasMark: false)
    scene.stage.pass(seconds: 10)
    for number in 1...3 { bob.say("new \(number)", in: "#tea") }
    bob.say("new privately", in: "alice")
    scene.stage.pass(seconds: 2)
    #expect(try rows(alice, "#tea").contains { !$0.isLost && $0.text == "new 1" && $0.sequence < highest })
    #expect(try texts(alice, "#tea", lost: true) == (1...3).map { "lost \($0)" })
    #expect(try Set(texts(alice, "#tea", lost: false)) == ["kept", "new 1", "new 2", "new 3"])
    #expect(try Set(texts(alice, "bob", lost: true)) == ["lost privately", "lost of alice"])
    #expect(try Set(texts(alice, "bob", lost: false)) == ["kept privately", "new privately"])
    #expect(try alice.heard() == (1...3).map { "bob: new \($0)" } + ["bob: new privately"])
  }

  @Test("a new message with the time of a lost one is not taken for it")
  func sameTime() throws {
    let scene = try Scene()
    let (alice, bob) = try accounts(scene)
    bob.say("kept", in: "alice")
    // From here on each message comes one millisecond after the one before it.
    scene.stage.world.now = scene.stage.world.now.adding(milliseconds: -300_000)
    let copy = try scene.backup()
    bob.say("lost", in: "alice")
    let time = try #require(try rows(alice, "bob").last).time
    alice.act(.disconnect(alice.identity, reason: ""))
    try scene.restore(copy)
    scene.stage.pass(seconds: 10)
    bob.say("new", in: "alice")
    _ = try alice.heard()
    alice.connect()
    scene.stage.pass(seconds: 10)
    #expect(try rows(alice, "bob").filter { $0.time == time }.map(\.text).sorted() == ["lost", "new"])
    #expect(try texts(alice, "bob", lost: true) == ["lost"])
    #expect(try texts(alice, "bob", lost: false) == ["kept", "new"])
    #expect(try alice.heard() == ["bob: new"])
  }

  @Test("changes to what was lost are refused and change nothing else")
  func changes() throws {
    let scene = try Scene()
    let (alice, bob) = try accounts(scene)
    alice.say("kept", in: "#tea")
    let copy = try scene.backup()
    alice.say("lost", in: "#tea")
    try scene.restore(copy)
    scene.stage.pass(seconds: 10)
    for number in 1...3 { alice.say("new \(number)", in: "#tea") }
    let lost = try #require(try rows(alice, "#tea").first { $0.isLost })
    #expect(alice.result(alice.act(.edit(message: lost.id, text: "changed")))?.result != 0)
    #expect(alice.result(alice.act(.redact(message: lost.id, reason: "gone")))?.result != 0)
    #expect(try texts(bob, "#tea", lost: false) == ["kept", "new 1", "new 2", "new 3"])
    #expect(try rows(alice, "#tea").allSatisfy { $0.state == .sent && !$0.isEdited })
  }

  @Test("a message that waits when the server is restored is sent once")
  func pending() throws {
    let scene = try Scene()
    let (alice, bob) = try accounts(scene)
    alice.say("kept", in: "#tea")
    let copy = try scene.backup()
    alice.say("lost", in: "#tea")
    alice.isServerReachable = false
    alice.cut()
    alice.say("waiting", in: "#tea")
    try scene.restore(copy)
    scene.stage.pass(seconds: 10)
    #expect(try texts(bob, "#tea", lost: false) == ["kept", "waiting"])
    #expect(try texts(alice, "#tea", lost: false) == ["kept", "waiting"])
    #expect(try texts(alice, "#tea", lost: true) == ["lost"])
  }

  @Test("the newer copy put back has what was lost, and nothing is marked any more")
  func foundAgain() throws {
    let scene = try Scene()
    let (alice, bob) = try accounts(scene)
    bob.say("one", in: "#tea")
    let old = try scene.backup()
    bob.say("two", in: "#tea")
    let newer = scene.folder + "/newer.db"
    try FileManager.default.copyItem(atPath: old, toPath: scene.folder + "/old.db")
    let copy = try scene.backup()
    try FileManager.default.copyItem(atPath: copy, toPath: newer)
    try scene.restore(scene.folder + "/old.db")
    scene.stage.pass(seconds: 10)
    #expect(try texts(alice, "#tea", lost: true) == ["two"])
    try scene.restore(newer)
    scene.stage.pass(seconds: 10)
    #expect(try texts(alice, "#tea", lost: false) == ["one", "two"])
    #expect(try alice.heard() == ["bob: one", "bob: two"])
  }

  @Test("nor if something was said in between, which is lost then")
  func foundAgainAfterMore() throws {
    let scene = try Scene()
    let (alice, bob) = try accounts(scene)
    bob.say("one", in: "#tea")
    let old = scene.folder + "/old.db"
    try FileManager.default.copyItem(atPath: try scene.backup(), toPath: old)
    for number in 2...4 { bob.say("\(number)", in: "#tea") }
    let newer = scene.folder + "/newer.db"
    try FileManager.default.copyItem(atPath: try scene.backup(), toPath: newer)
    try scene.restore(old)
    scene.stage.pass(seconds: 10)
    bob.say("between", in: "#tea")
    #expect(try texts(alice, "#tea", lost: true) == ["2", "3", "4"])
    _ = try alice.heard()
    try scene.restore(newer)
    scene.stage.pass(seconds: 10)
    bob.say("after", in: "#tea")
    for performer in [alice, bob] {
      #expect(try texts(performer, "#tea", lost: true) == ["between"])
      #expect(try Set(texts(performer, "#tea", lost: false)) == ["one", "2", "3", "4", "after"])
    }
    let changed = Set(alice.events.filter { $0.kind == .changed }.map(\.message))
    let back = Set(try rows(alice, "#tea").filter { ["2", "3", "4"].contains($0.text) }.map(\.id))
    #expect(changed.isSuperset(of: back), "hosts that show them are told")
  }
}
