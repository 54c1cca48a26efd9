import IRC
import ParleyCore
import ParleyServer
import ParleyStore
import Testing

@Suite("Accounts from the command line")
struct AccountAdministrationTests {
  private let store = AccountStore()
  private let password = Array("correct horse".utf8)

  private var administration: AccountAdministration {
    var settings = ServerSettings(dataFolder: "")
    settings.core.passwordIterations = 4096
    return AccountAdministration(
      store: store, settings: settings, now: Timestamp(milliseconds: 5),
      randomBytes: { Array(repeating: 9, count: $0) })
  }

  @Test("an account is created with a verifier, never with the password")
  func create() throws {
    try administration.create("Alice", password: password, isOperator: true, email: "alice@example.org")
    let account = try #require(try administration.list().first)
    #expect(account.name == "Alice" && account.isOperator && account.email == "alice@example.org")
    #expect(account.registeredAt == Timestamp(milliseconds: 5))
    #expect(
      account.verifier
        == ScramVerifier.derive(password: password, salt: Array(repeating: 9, count: 16), iterations: 4096))
  }

  @Test("a name is taken whatever its case; other names are refused")
  func names() throws {
    try administration.create("alice", password: password, isOperator: false, email: "")
    func refusal(_ name: String, email: String = "") -> String? {
      sentence { try administration.create(name, password: password, isOperator: false, email: email) }
    }
    #expect(refusal("ALICE") == "There is an account `ALICE` already")
    for name in ["", "1alice", "a b", "#room", "a.b", String(repeating: "a", count: 33)] {
      #expect(refusal(name) == "`\(name)` cannot be an account's name, which is a nick of at most 32 bytes")
    }
    for name in ["NickServ", "Ch4nServ"] {
      #expect(
        refusal(name) == "`\(name)` cannot be an account's name: it is reserved for the server and its services")
    }
    #expect(refusal("bob", email: "nowhere") == "`nowhere` is no e-mail address")
  }

  @Test(
    "passwords are one line of at most 600 bytes",
    arguments: ["a\nbcdefg", "abcdefg\0", String(repeating: "x", count: 601)])
  func passwords(text: String) {
    let error = sentence {
      try administration.create("alice", password: Array(text.utf8), isOperator: false, email: "")
    }
    #expect(error == "A password is one line of at most 600 bytes of UTF-8")
  }

  @Test("the setting for the length of new passwords, in characters, holds here as for REGISTER")
  func passwordLength() throws {
    func refusal(_ password: String) -> String? {
      sentence { try administration.setPassword("alice", Array(password.utf8)) }
    }
    try administration.create("alice", password: password, isOperator: false, email: "")
    for password in ["", "abcde", "ééééé"] {
      #expect(refusal(password) == "The password is too short: at least 6 characters (`password-length`)")
    }
    #expect(refusal("éééééé") == nil)
  }

  @Test("a change made by the server in between is kept: the command tries again on top of it")
  func compareAndSet() throws {
    try administration.create("alice", password: password, isOperator: false, email: "")
    store.beforeNextCommit = {
      $0.accounts[0].realname = "Alice L."; $0.accounts[0].revision += 1
    }
    try administration.suspend("alice", reason: "Spam")
    let account = try administration.find("alice")
    #expect(account.realname == "Alice L." && account.suspension == "Spam" && account.revision == 2)
  }

  @Test("an account number that the server gave away in between is not used again")
  func numberTaken() throws {
    store.beforeNextCommit = { snapshot in
      snapshot.accounts.append(
        AccountRecord(
          id: AccountID(1), name: "bob", nick: "bob", verifier: nil, registeredAt: Timestamp(milliseconds: 1)))
      snapshot.nextAccount = 2
    }
    try administration.create("alice", password: password, isOperator: false, email: "")
    #expect(try administration.list().map(\.id.rawValue) == [2, 1])
  }

  @Test("a store that refuses for ever ends in a sentence")
  func hopeless() throws {
    try administration.create("alice", password: password, isOperator: false, email: "")
    store.refusesAll = true
    #expect(
      sentence { try administration.suspend("alice", reason: "Spam") }
        == "The account `alice` could not be changed: something else keeps changing it; try again")
  }

  @Test("suspension, operator right, password, fingerprints, deletion")
  func changes() throws {
    try administration.create("alice", password: password, isOperator: false, email: "")
    try administration.suspend("ALICE", reason: "Spam")
    #expect(try administration.find("alice").suspension == "Spam")
    try administration.resume("alice")
    #expect(try administration.find("alice").suspension == "")
    try administration.setOperator("alice", true)
    #expect(try administration.find("alice").isOperator)
    let before = try administration.find("alice").verifier
    try administration.setPassword("alice", Array("another".utf8))
    #expect(try administration.find("alice").verifier != before)

    let colons = Array(repeating: "AB", count: 32).joined(separator: ":")
    try administration.addFingerprint("alice", colons)
    try administration.addFingerprint("alice", colons.lowercased())
    #expect(try administration.find("alice").fingerprints == [String(repeating: "ab", count: 32)])
    #expect(
      sentence { try administration.addFingerprint("alice", "abc") }
        == "`abc` is no SHA-256 fingerprint: 64 hexadecimal digits")
    try administration.removeFingerprint("alice", colons)
    #expect(try administration.find("alice").fingerprints == [])
    #expect(
      sentence { try administration.removeFingerprint("alice", colons) }?.hasPrefix("`alice` has no certificate")
        == true)

    try administration.delete("alice")
    #expect(sentence { try administration.find("alice") } == "There is no account `alice`")
    #expect(sentence { try administration.suspend("alice", reason: "x\ny") }?.hasPrefix("The reason must be") == true)
  }
}

/// The directory's rules for accounts, in memory, with a server that interferes.
private final class AccountStore: Store {
  private var snapshot = Snapshot()
  /// What the server does just before the next change arrives.
  var beforeNextCommit: ((inout Snapshot) -> Void)?
  var refusesAll = false

  func load() throws(StoreError) -> Snapshot { snapshot }

  func commit(_ batch: [Transaction]) throws(StoreError) -> [Outcome] {
    beforeNextCommit?(&snapshot)
    beforeNextCommit = nil
    return batch.map { transaction in
      for change in transaction.changes {
        if let refusal = refusesAll ? .changedMeanwhile : apply(change) { return .refused(refusal) }
      }
      return .committed([])
    }
  }

  private func apply(_ change: Change) -> Refusal? {
    switch change {
    case .createAccount(let record):
      let isTaken = snapshot.accounts.contains { $0.id == record.id || FoldedName($0.name) == FoldedName(record.name) }
      if isTaken { return .nameTaken }
      snapshot.accounts.append(record)
      snapshot.nextAccount = record.id.rawValue + 1
    case .updateAccount(let record):
      guard let index = snapshot.accounts.firstIndex(where: { $0.id == record.id }),
        snapshot.accounts[index].revision == record.revision
      else { return .changedMeanwhile }
      snapshot.accounts[index] = record
      snapshot.accounts[index].revision += 1
    case .deleteAccount(let id): snapshot.accounts.removeAll { $0.id == id }
    default: return .changedMeanwhile
    }
    return nil
  }

  func reader() throws(StoreError) -> any StoreReader { throw StoreError(.unavailable, "not part of this test") }
  func maintain() throws(StoreError) -> Bool { false }
  func changedElsewhere() throws(StoreError) -> Bool { false }
  func backup(to path: String) throws(StoreError) {}
  func check() throws(StoreError) -> [String] { [] }
  func close() {}
}
