import IRC
import ParleyCore
import ParleyStore
import ParleyTesting
import Testing

@Suite("Client certificates")
struct CertificateTests {
  private let one = String(repeating: "ab", count: 32)
  private let two = String(repeating: "cd", count: 32)

  private func notices(_ client: Client) -> [String] {
    client.take().filter { $0.command == "NOTICE" && $0.source?.hasPrefix("NickServ!") == true }.map {
      $0.parameters[1]
    }
  }

  /// Somebody with a certificate who is signed in by password.
  private func person(_ name: String, certificate: String?, _ world: World) -> Client {
    let client = world.connect(certificate: certificate)
    client.send("NICK \(name)", "USER a 0 * :a", "NS REGISTER sesame")
    client.clear()
    return client
  }

  private func external(_ name: String, certificate: String, _ world: World) -> Client {
    let client = world.connect(certificate: certificate)
    client.send("CAP REQ :sasl", "AUTHENTICATE EXTERNAL")
    client.send("AUTHENTICATE " + (name.isEmpty ? "+" : Base64.encode(Array(name.utf8))))
    return client
  }

  @Test func onlyTheConnectionsOwnCertificateCanBeAdded() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = person("alice", certificate: one, world)
    alice.send("NS CERT ADD \(two)")
    #expect(notices(alice).first?.hasPrefix("Only the certificate of this connection can be added") == true)
    #expect(try store.load().accounts.first?.fingerprints == [])
    // Other tools print it with colons and in capitals.
    let printed = stride(from: 0, to: 64, by: 2).map { one.dropFirst($0).prefix(2).uppercased() }.joined(separator: ":")
    alice.send("NS CERT ADD \(printed)", "NS CERT LIST")
    #expect(notices(alice) == ["The certificate is added.", one, "These are your certificates."])
    let bob = person("bob", certificate: nil, world)
    bob.send("NS CERT ADD", "NS CERT ADD \(one)")
    #expect(notices(bob).count { $0.hasPrefix("Connect with the certificate first") } == 2)
    #expect(try store.load().accounts.last?.fingerprints == [])
  }

  @Test func aCertificateBelongsToOneAccount() throws {
    let store = MemoryStore()
    let world = try World(store: store)
    let alice = person("alice", certificate: one, world)
    alice.send("NS CERT ADD")
    let bob = person("bob", certificate: one, world)
    bob.send("NS CERT ADD")
    #expect(notices(bob) == ["This certificate belongs to another account: one certificate signs in to one account."])
    // Another process gave it away in this moment: the store refuses.
    let carol = person("carol", certificate: two, world)
    var record = try #require(try store.load().accounts.first { $0.name == "bob" })
    record.fingerprints = [two]
    _ = try store.commit([Transaction(.updateAccount(record))])
    carol.send("NS CERT ADD", "NS CERT LIST")
    #expect(
      notices(carol) == [
        "This certificate belongs to another account: one certificate signs in to one account.",
        "You have no certificates.",
      ])
    try world.administer("bob") { $0?.realname = "Bob" }
    // Who gives it up leaves it to the other.
    alice.send("NS CERT DEL \(one)")
    bob.send("NS CERT ADD")
    #expect(notices(bob) == ["The certificate is added."])
  }

  @Test func externalNeverChoosesAmongSeveral() throws {
    let store = MemoryStore()
    // As earlier versions let it come about.
    for (id, name) in [(1, "mallory"), (2, "victim")] {
      var record = AccountRecord(
        id: AccountID(Int64(id)), name: name, nick: name, verifier: nil, registeredAt: Timestamp(milliseconds: 1))
      _ = try store.commit([Transaction(.createAccount(record))])
      record.fingerprints = [one]
      store.setFingerprints([one], of: record.id)
    }
    let world = try World(store: store)
    #expect(
      world.notes.contains { $0.event == "certificate.shared" && $0.fields.contains { $0.1 == "mallory victim" } })
    let victim = external("", certificate: one, world)
    #expect(victim.lines.last?.command == "904")
    #expect(victim.lines.last?.parameters.last?.contains("several accounts have this certificate") == true)
    #expect(
      external("victim", certificate: one, world).lines.contains { $0.command == "900" && $0.parameters[2] == "victim" }
    )
    #expect(external("nobody", certificate: one, world).lines.last?.command == "904")
    #expect(external("victim", certificate: two, world).lines.last?.command == "904")
    // A change of something else is not refused because of it.
    let changed = external("victim@desk", certificate: one, world)
    changed.send("NICK victim", "USER v 0 * :v", "CAP END", "NS SET EMAIL victim@example.org")
    #expect(notices(changed).last == "Your e-mail address is changed.")
    try world.administer("mallory") { $0?.fingerprints = [] }
    #expect(
      external("", certificate: one, world).lines.contains { $0.command == "900" && $0.parameters[2] == "victim" })
  }

  @Test func signingInAgainAsksTheSame() throws {
    let world = try World()
    let alice = person("alice", certificate: one, world)
    alice.send("NS CERT ADD")
    let bob = person("bob", certificate: one, world)
    bob.send("CAP REQ :sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE " + Base64.encode(Array("bob".utf8)))
    #expect(bob.lines.last?.command == "904")
    bob.clear()
    bob.send("AUTHENTICATE EXTERNAL", "AUTHENTICATE +")
    #expect(bob.lines.contains { $0.command == "900" && $0.parameters[2] == "alice" })
  }
}
