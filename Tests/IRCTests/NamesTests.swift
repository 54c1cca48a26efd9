import IRC
import Testing

@Suite("Names")
struct NamesTests {
  @Test("case mappings fold what their specifications say")
  func folding() {
    #expect(CaseMapping.ascii.fold("ABZ[]\\^é") == "abz[]\\^é")
    #expect(CaseMapping.rfc1459.fold("ABZ[]\\^é") == "abz{}|~é")
    #expect(CaseMapping.rfc1459Strict.fold("ABZ[]\\^_`@") == "abz{}|^_`@")
    #expect(CaseMapping.rfc1459.equal("nick[]", "NICK{}"))
    #expect(!CaseMapping.ascii.equal("nick[]", "nick{}"))
    #expect(!CaseMapping.ascii.equal("a", "ab"))
    #expect(!CaseMapping.ascii.equal("É", "é"))
    for mapping in [CaseMapping.ascii, .rfc1459, .rfc1459Strict] {
      #expect(CaseMapping(token: mapping.token) == mapping)
      for byte in UInt8(0)...127 {
        let text = String(UnicodeScalar(byte))
        #expect(mapping.fold(mapping.fold(text)) == mapping.fold(text))
      }
    }
    #expect(CaseMapping(token: "rfc7613") == nil)
  }

  @Test("folded names compare bytes, so canonically equivalent names stay apart")
  func foldedNames() {
    #expect(FoldedName("Alice") == FoldedName("aLICE"))
    #expect(FoldedName("Alice").description == "alice")
    #expect(FoldedName("\u{E9}") != FoldedName("e\u{301}"))
    #expect(Set([FoldedName("\u{E9}"), FoldedName("e\u{301}")]).count == 2)
    #expect(FoldedName("K") != FoldedName("\u{212A}"))
    #expect(FoldedName("nick[]", mapping: .rfc1459) == FoldedName("nick{}", mapping: .rfc1459))
    #expect(FoldedName("a") < FoldedName("B"))
    #expect(FoldedName("a") < FoldedName("aa"))
    #expect(!(FoldedName("a") < FoldedName("A")))
    var people: [FoldedName: Int] = [FoldedName("a rather long name that is on the heap"): 1]
    people[FoldedName("A RATHER LONG NAME THAT IS ON THE HEAP")] = 2
    #expect(people.count == 1)
  }

  @Test("nicks")
  func nicks() {
    for nick in ["a", "alice", "[]\\`_^{|}-", "a1", "A-", "`"] {
      #expect(Names.isValidNick(nick, maximumLength: 30), "\(nick)")
    }
    for nick in ["", "1a", "-a", "a b", "#a", "a!b", "a@b", "é", "a.b", "a:b", "~a", "a\0", "a,b", "a*", "\u{212A}"] {
      #expect(!Names.isValidNick(nick, maximumLength: 30), "\(nick)")
    }
    #expect(Names.isValidNick("abc", maximumLength: 3))
    #expect(!Names.isValidNick("abcd", maximumLength: 3))
    #expect(!Names.isValidNick("a", maximumLength: -1))
  }

  @Test("channels")
  func channels() {
    for name in ["#a", "##", "#café", "#a:b", "#日本", "#👩‍👩‍👧"] {
      #expect(Names.isValidChannel(name, maximumLength: 64), "\(name)")
    }
    for name in ["", "#", "a", "&a", "#a b", "#a,b", "#a\u{7}", "#a\0", "#a\n", "#\u{7F}", "#\u{85}", "#a*", "#?"] {
      #expect(!Names.isValidChannel(name, maximumLength: 64), "\(name)")
    }
    #expect(Names.isValidChannel("#éé", maximumLength: 5))
    #expect(!Names.isValidChannel("#éé", maximumLength: 4))
    #expect(!Names.isValidChannel("#a", maximumLength: -1))
    #expect(Names.isChannel("#"))
    #expect(!Names.isChannel(""))
    #expect(!Names.isChannel("@#a"))
    // A combining mark after the '#' makes one Character of both, which hides the '#' from Character comparison.
    #expect(Names.isChannel("#\u{301}"))
  }

  @Test("users and hosts")
  func usersAndHosts() {
    for user in ["a", "~a.b-c_d", "0"] { #expect(Names.isValidUser(user)) }
    for user in ["", "a b", "a!b", "a@b", "a:b", "é", "a\u{7F}", "a\n"] { #expect(!Names.isValidUser(user), "\(user)") }
    let label = String(repeating: "a", count: 63)
    #expect(Names.isValidHostname(label + ".example"))
    #expect(!Names.isValidHostname(label + "a.example"))
    #expect(!Names.isValidHostname("."))
    #expect(!Names.isValidHostname("a..b"))
    #expect(!Names.isValidHostname([label, label, label, label].joined(separator: ".")))
  }

  @Test("texts are cut between characters, else between scalars")
  func truncation() {
    #expect(TextLimit.truncate("hello", toBytes: 5) == "hello")
    #expect(TextLimit.truncate("hello", toBytes: 4) == "hell")
    #expect(TextLimit.truncate("né", toBytes: 2) == "n")
    #expect(TextLimit.truncate("ae\u{301}", toBytes: 3) == "a")
    #expect(TextLimit.truncate("e\u{301}\u{302}", toBytes: 4) == "e\u{301}")
    #expect(TextLimit.truncate("日本", toBytes: 2) == "")
    #expect(TextLimit.truncate("a", toBytes: 0) == "")
    #expect(TextLimit.truncate("a", toBytes: .min) == "")
    #expect(TextLimit.truncate("", toBytes: -1) == "")
  }

  @Test(
    "a source of any text gives the text back", arguments: ["", "a", "a!b", "a@b", "a!b@c", "!@", "a@b!c@d", "a!b!c"])
  func sources(text: String) {
    #expect(Source(parsing: text).text == text)
  }
}

@Suite("Searching in strings")
struct SearchTests {
  @Test(
    "places are those of the bytes",
    arguments: [("", "", 0), ("abc", "", 0), ("aab", "ab", 1), ("abc", "d", -1), ("ääb", "äb", 2), ("ab", "abc", -1)])
  func places(_ text: String, _ needle: String, _ offset: Int) {
    let found = text.firstPlace(ofBytes: needle)
    #expect(found.map { text.utf8.distance(from: text.startIndex, to: $0.lowerBound) } ?? -1 == offset)
    #expect(found.map { String(text[$0]) } ?? needle == needle)
    #expect(text.contains(bytes: needle) == (offset >= 0))
  }
}
