import IRC
import Testing

/// The cases of ircdocs/parser-tests.
enum ParserCorpus {
  struct Join: Sendable {
    let message: Message
    let matches: [String]

    init(_ message: Message, matches: [String]) {
      self.message = message
      self.matches = matches
    }
  }

  struct Split: Sendable {
    let input: String
    let message: Message

    init(_ input: String, _ message: Message) {
      self.input = input
      self.message = message
    }
  }

  struct Userhost: Sendable {
    let source: String
    let parts: Source

    init(_ source: String, nick: String, user: String, host: String) {
      self.source = source
      parts = Source(name: nick, user: user.isEmpty ? nil : user, host: host.isEmpty ? nil : host)
    }
  }

  struct Hostname: Sendable {
    let name: String
    let isValid: Bool

    init(_ name: String, isValid: Bool) {
      self.name = name
      self.isValid = isValid
    }
  }

  struct MaskCase: Sendable {
    let mask: String
    let matches: [String]
    let fails: [String]

    init(_ mask: String, matches: [String], fails: [String]) {
      self.mask = mask
      self.matches = matches
      self.fails = fails
    }
  }
}

@Suite("ircdocs/parser-tests")
struct ParserCorpusTests {
  @Test("all 85 cases are here")
  func count() {
    #expect(ParserCorpus.join.count == 18)
    #expect(ParserCorpus.split.count == 35)
    #expect(ParserCorpus.userhost.count == 7)
    #expect(ParserCorpus.hostnames.count == 19)
    #expect(ParserCorpus.masks.count == 6)
    let total =
      ParserCorpus.join.count + ParserCorpus.split.count + ParserCorpus.userhost.count
      + ParserCorpus.hostnames.count + ParserCorpus.masks.count
    #expect(total == 85)
  }

  @Test("messages are joined as expected", arguments: ParserCorpus.join)
  func join(_ example: ParserCorpus.Join) {
    #expect(example.matches.contains(example.message.wire))
  }

  @Test("lines are split as expected", arguments: ParserCorpus.split)
  func split(_ example: ParserCorpus.Split) throws {
    let message = try Message(parsing: example.input)
    #expect(Set(message.tags) == Set(example.message.tags))
    #expect(message.tags.count == example.message.tags.count)
    #expect(message.source == example.message.source)
    #expect(message.command == example.message.command.uppercased())
    #expect(message.parameters == example.message.parameters)
  }

  @Test("sources are split as expected", arguments: ParserCorpus.userhost)
  func userhost(_ example: ParserCorpus.Userhost) {
    #expect(Source(parsing: example.source) == example.parts)
    #expect(example.parts.text == example.source)
  }

  @Test("host names are judged as expected", arguments: ParserCorpus.hostnames)
  func hostname(_ example: ParserCorpus.Hostname) {
    #expect(Names.isValidHostname(example.name) == example.isValid)
  }

  @Test("masks match as expected", arguments: ParserCorpus.masks)
  func mask(_ example: ParserCorpus.MaskCase) {
    let mask = Mask(example.mask)
    for text in example.matches { #expect(mask.matches(text), "\(text)") }
    for text in example.fails { #expect(!mask.matches(text), "\(text)") }
  }
}
