import IRC
import Testing

@Suite("Modes")
struct ModesTests {
  private let grammar = ModeGrammar(lists: "beI", always: "k", whenSet: "l", flags: "imnst", prefixes: "qaohv")

  private func change(_ sign: Character, _ mode: Character, _ parameter: String? = nil) -> ModeParseItem {
    .change(ModeChange(adding: sign == "+", mode: mode, parameter: parameter))
  }

  @Test("each type of mode takes its parameters")
  func parameters() {
    #expect(
      grammar.parse("+b-o+lk-l", ["*!*@x", "bob", "10", "key"])
        == [
          change("+", "b", "*!*@x"), change("-", "o", "bob"), change("+", "l", "10"), change("+", "k", "key"),
          change("-", "l"),
        ])
    #expect(grammar.parse("-k", ["key"]) == [change("-", "k", "key")])
    #expect(grammar.parse("nt", ["left", "over"]) == [change("+", "n"), change("+", "t")])
  }

  @Test("the direction holds until the next sign, and signs alone are nothing")
  func signs() {
    #expect(grammar.parse("+-+-n", []) == [change("-", "n")])
    #expect(grammar.parse("+-", ["a"]) == [])
    #expect(grammar.parse("", ["a"]) == [])
  }

  @Test("a list mode without a parameter asks for the list, once")
  func listQueries() {
    #expect(grammar.parse("b", []) == [.listQuery("b")])
    #expect(grammar.parse("+bbb-b", []) == [.listQuery("b")])
    #expect(grammar.parse("+bb", ["x"]) == [change("+", "b", "x"), .listQuery("b")])
    #expect(grammar.parse("+e", [""]) == [.listQuery("e")])
  }

  @Test("missing parameters and unknown letters are told")
  func mistakes() {
    #expect(
      grammar.parse("+o-k+l", []) == [
        .missingParameter("o", adding: true), .missingParameter("k", adding: false),
        .missingParameter("l", adding: true),
      ])
    #expect(grammar.parse("+o", [""]) == [.missingParameter("o", adding: true)])
    #expect(grammar.parse("+zzZn", []) == [.unknown("z"), .unknown("Z"), change("+", "n")])
    #expect(grammar.parse("n\u{301}", []) == [change("+", "n"), .unknown("\u{301}")])
    #expect(grammar.parse("+,", []) == [.unknown(",")])
  }

  @Test("a flood of modes is bounded")
  func bounded() {
    #expect(grammar.parse(String(repeating: "n", count: 100_000), []).count == 64)
    #expect(grammar.parse("nnn", [], limit: 2).count == 2)
    #expect(grammar.parse("nnn", [], limit: -1).isEmpty)
  }

  @Test("changes are written with as few signs as possible")
  func format() {
    let changes = [
      ModeChange(adding: true, mode: "o", parameter: "a"), ModeChange(adding: true, mode: "n"),
      ModeChange(adding: false, mode: "v", parameter: "b"), ModeChange(adding: true, mode: "i"),
    ]
    #expect(ModeGrammar.format(changes) == ["+on-v+i", "a", "b"])
    #expect(ModeGrammar.format([]) == [])
    #expect(grammar.parse("+on-v+i", ["a", "b"]) == changes.map(ModeParseItem.change))
  }

  @Test("a client reads the grammar from ISUPPORT")
  func announced() {
    #expect(ModeGrammar(chanModes: "beI,k,l,imnst", prefix: "(qaohv)~&@%+") == grammar)
    #expect(ModeGrammar(chanModes: "b", prefix: "") == ModeGrammar(lists: "b"))
    #expect(ModeGrammar(chanModes: "a,b,c,d,e", prefix: "")?.flags == "d")
    for prefix in ["ov@+", "(ov", "(ov)@", ")(", "("] { #expect(ModeGrammar(chanModes: "", prefix: prefix) == nil) }
  }

  @Test("roles have letters, prefixes and ranks")
  func roles() {
    let roles: Roles = [.voice, .operator]
    #expect(roles.prefixes == "@+")
    #expect(roles.letters == "ov")
    #expect(roles.highestPrefix == "@")
    #expect(roles.highest == .operator)
    #expect(roles.rank == 3)
    #expect(Roles.all.map(\.rank) == [5, 4, 3, 2, 1])
    #expect(Roles.all.map(\.letters).joined() == "qaohv")
    #expect(Roles.all.map(\.prefixes).joined() == "~&@%+")
    for role in Roles.all {
      #expect(role.letters.first.flatMap(Roles.init(mode:)) == role)
      #expect(role.highestPrefix.flatMap(Roles.role(forPrefix:)) == role)
    }
    #expect(Roles(mode: "x") == nil)
    #expect(Roles.role(forPrefix: "x") == nil)
    #expect(Roles().rank == 0)
    #expect(Roles().highestPrefix == nil)
    #expect(Roles().highest == [])
  }

  @Test("no bits of roles trap")
  func unknownRoles() {
    for bits in UInt8.min...UInt8.max {
      let roles = Roles(rawValue: bits)
      #expect((0...5).contains(roles.rank))
      #expect(roles.highest.rank == roles.rank)
      #expect(roles.prefixes.count == (bits & 31).nonzeroBitCount)
    }
  }
}
