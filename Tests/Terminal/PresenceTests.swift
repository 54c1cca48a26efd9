import ParleyTerminalKit
import Testing

@Suite("Who is there, and who types")
struct PresenceTests {
  @Test("we type: told at once, then every three seconds, paused after five, stopped when the line is gone")
  func ownTyping() {
    var typing = OwnTyping()
    #expect(typing.update(chat: 1, line: "", now: 0) == nil)
    #expect(typing.update(chat: 1, line: "h", now: 0) == OwnTyping.Signal(chat: 1, state: 1))
    #expect(typing.update(chat: 1, line: "he", now: 1000) == nil)
    #expect(typing.update(chat: 1, line: "hel", now: 3000) == OwnTyping.Signal(chat: 1, state: 1))
    #expect(typing.nextDeadline == 8000)
    #expect(typing.update(chat: 1, line: "hel", now: 7999) == nil)
    #expect(typing.update(chat: 1, line: "hel", now: 8000) == OwnTyping.Signal(chat: 1, state: 2))
    #expect(typing.nextDeadline == nil)
    #expect(typing.update(chat: 1, line: "hell", now: 8100) == OwnTyping.Signal(chat: 1, state: 1))
    #expect(typing.update(chat: 1, line: "", now: 8200) == OwnTyping.Signal(chat: 1, state: 0))
    #expect(typing.stop() == nil)
  }

  @Test("a command is nobody's business, and what was sent needs no word more")
  func silence() {
    var typing = OwnTyping()
    #expect(typing.update(chat: 1, line: nil, now: 0) == nil)
    #expect(typing.update(chat: 1, line: "h", now: 0) != nil)
    typing.sent()
    #expect(typing.update(chat: 1, line: "", now: 10) == nil)
  }

  @Test("others stop typing after six seconds without news, or thirty when they have paused")
  func typists() {
    var typists = Typists()
    typists.note("bob", in: 1, state: 1, now: 0)
    typists.note("alice", in: 1, state: 2, now: 0)
    typists.note("carol", in: 2, state: 1, now: 0)
    typists.note("carol", in: 2, state: 0, now: 10)
    #expect(typists.nicks(in: 1) == ["alice", "bob"])
    #expect(typists.nicks(in: 2).isEmpty)
    #expect(typists.nextDeadline == 6000)
    #expect(typists.expire(now: 5999) == false)
    #expect(typists.expire(now: 6000) == true)
    #expect(typists.nicks(in: 1) == ["alice"])
  }

  @Test("a crowd that types takes no more room than a few")
  func crowd() {
    var typists = Typists()
    for number in 0..<10_000 { typists.note("n\(number)", in: 1, state: 1, now: 0) }
    #expect(typists.nicks(in: 1).count == 200)
  }

  @Test("what scrolls by while nobody is there is unread until the next key")
  func presence() {
    var presence = Presence()
    _ = presence.key(now: 1_000_000)
    #expect(presence.isPresent(now: 1_119_999))
    #expect(!presence.isPresent(now: 1_120_000))
    let wasFirst = presence.miss(5)
    let wasAgain = presence.miss(6)
    #expect(wasFirst && !wasAgain)
    #expect(presence.key(now: 1_200_000) == 6)
    #expect(presence.key(now: 1_200_001) == nil)
  }

  @Test("questions wait for each other; what an answer asks comes before those that wait")
  func questions() {
    var questions = Questions()
    let question = { (prompt: String) in Questions.Question(prompt: prompt, isSecret: false) { _ in } }
    questions.add(question("first"))
    questions.add(question("second"))
    #expect(questions.isWaiting && questions.current == nil)
    questions.begin()
    #expect(questions.finish()?.prompt == "first")
    // While an answer is dealt with nothing else is asked.
    questions.add(question("again"))
    #expect(!questions.isWaiting)
    questions.settle()
    questions.begin()
    #expect(questions.current?.prompt == "again")
    #expect(!questions.isWaiting)
    _ = questions.finish()
    questions.settle()
    questions.begin()
    #expect(questions.current?.prompt == "second")
    _ = questions.finish()
    questions.settle()
    #expect(!questions.isWaiting && questions.current == nil)
  }

  @Test("a fingerprint in groups; what is none is harmless")
  func fingerprint() {
    let hex = String(repeating: "0123456789ABCDEF", count: 4)
    #expect(Fingerprint.grouped(hex).split(separator: " ").count == 16)
    #expect(Fingerprint.grouped("\u{1B}x") == "␛x")
  }
}
