import IRC
import ParleyCore
import ParleyTesting
import Testing

/// Wrong guesses from an address never cause the right password of somebody else there to be refused.
@Suite("Neighbours who guess passwords")
struct NeighbourTests {
  private static let address = "192.0.2.5"

  /// Connections that guess an account's password without pause. They come back when they are closed.
  private final class Guessers {
    private let world: World
    private var clients: [Client] = []
    private let count: Int
    private let usesScram: Bool
    /// Every guess comes on a new connection.
    private let isFresh: Bool
    private var number = 0

    init(_ world: World, _ count: Int, isFresh: Bool = false, usesScram: Bool = false) {
      (self.world, self.count, self.isFresh, self.usesScram) = (world, count, isFresh, usesScram)
    }

    /// One second, in which an address may open three connections and a bit (`connections-per-minute`).
    func pass() {
      for client in clients where SignInLimitTests.verdict(client) != nil || client.isClosed {
        if isFresh, !client.isClosed { client.close() }
        if !client.isClosed { guess(client) }
      }
      clients.removeAll(where: \.isClosed)
      for _ in 0..<min(number < count ? count : 4, count - clients.count) {
        let client = SignInLimitTests.start(world, NeighbourTests.address)
        clients.append(client)
        guess(client)
      }
      world.pass(seconds: 1)
    }

    private func guess(_ client: Client) {
      client.clear()
      number += 1
      guard usesScram else {
        return client.send("AUTHENTICATE PLAIN", SignInLimitTests.plain("alice", "guess\(number)"))
      }
      client.send("AUTHENTICATE SCRAM-SHA-256", "AUTHENTICATE " + Base64.encode(Array("n,,n=alice,r=abc".utf8)))
      guard let first = client.lines.last?.parameters.first.flatMap(Base64.decode) else { return }
      let proof = ScramProof(
        user: "alice", password: "guess\(number)", clientNonce: "abc", challenge: String(decoding: first, as: UTF8.self)
      )
      client.send("AUTHENTICATE " + Base64.encode(Array(proof.final.utf8)))
    }
  }

  /// - Returns: the seconds that the owner waited for each of their sign-ins.
  private func signIns(_ world: World, _ count: Int, _ guessers: Guessers...) -> [Int?] {
    for _ in 0..<30 { for guesser in guessers { guesser.pass() } }
    return (0..<count).map { _ in
      let owner = SignInLimitTests.attempt(world, "alice", "sesame", from: Self.address)
      defer { owner.close() }
      return wait(for: owner, guessers)
    }
  }

  private func wait(for owner: Client, _ guessers: [Guessers]) -> Int? {
    for second in 0..<60 {
      if let verdict = SignInLimitTests.verdict(owner) { return verdict == "903" ? second * guessers.count : nil }
      for guesser in guessers { guesser.pass() }
    }
    return nil
  }

  @Test("30 connections that guess without pause", arguments: [8, 30, 99])
  func persistent(count: Int) throws {
    let world = try SignInLimitTests.makeWorld("alice")
    let waits = signIns(world, 6, Guessers(world, count))
    #expect(waits.allSatisfy { $0.map { $0 <= 25 } ?? false }, "\(waits)")
  }

  @Test("connections of which each guesses once", arguments: [60, 99])
  func fresh(count: Int) throws {
    let world = try SignInLimitTests.makeWorld("alice")
    let waits = signIns(world, 6, Guessers(world, count, isFresh: true))
    #expect(waits.allSatisfy { $0.map { $0 <= 25 } ?? false }, "\(waits)")
  }

  @Test("guesses by SCRAM beside guesses by PLAIN")
  func bothMethods() throws {
    let world = try SignInLimitTests.makeWorld("alice")
    let waits = signIns(
      world, 4, Guessers(world, 20), Guessers(world, 20, usesScram: true), Guessers(world, 20, isFresh: true))
    #expect(waits.allSatisfy { $0.map { $0 <= 27 } ?? false }, "\(waits)")
  }

  @Test("the owner mistypes the password and tries again on the same connection")
  func mistyped() throws {
    let world = try SignInLimitTests.makeWorld("alice")
    let guessers = [Guessers(world, 90, isFresh: true)]
    for _ in 0..<30 { guessers[0].pass() }
    let owner = SignInLimitTests.attempt(world, "alice", "sesam", from: Self.address)
    #expect(wait(for: owner, guessers) == nil && SignInLimitTests.verdict(owner) == "904")
    owner.clear()
    owner.send("AUTHENTICATE PLAIN", SignInLimitTests.plain("alice", "sesame"))
    let seconds = wait(for: owner, guessers)
    #expect(seconds.map { $0 <= 40 } ?? false, "\(String(describing: seconds))")
  }

  @Test("guesses at ever new accounts from the same address")
  func otherAccounts() throws {
    let world = try SignInLimitTests.makeWorld("bob")
    for round in 0..<30 {
      for number in 0..<20 {
        SignInLimitTests.attempt(world, "x\(round)-\(number)", "guess", from: Self.address).close()
      }
      world.pass(seconds: 1)
    }
    let bob = SignInLimitTests.attempt(world, "bob", "sesame", from: Self.address)
    for round in 0..<25 where SignInLimitTests.verdict(bob) == nil {
      for number in 0..<4 { SignInLimitTests.attempt(world, "y\(round)-\(number)", "guess", from: Self.address) }
      world.pass(seconds: 1)
    }
    #expect(SignInLimitTests.verdict(bob) == "903")
  }

  @Test("guesses stay few: five and a half in a second at most, however many connections wait")
  func slow() throws {
    let world = try SignInLimitTests.makeWorld("alice")
    let guessers = Guessers(world, 99)
    for _ in 0..<200 { guessers.pass() }
    #expect(world.core.figures.failedSignIns <= 20 + 10 + 200 * 11 / 2)
  }
}
