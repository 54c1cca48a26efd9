import IRC
import Testing

@Suite("Which names new things may have")
struct NameProfileTests {
  @Test(
    "names of all writing systems",
    arguments: [
      "#lobby", "#café", "#übung", "#żółw", "#Straße", "#tiếng-việt", "#логово", "#Ελληνικά", "#հայերեն", "#שלום",
      "#سلام", "#हिन्दी",
      "#বাংলা", "#தமிழ்", "#ไทย", "#ทำ", "#ქართული", "#አማርኛ", "#한국어", "#日本語", "#日本語のroom", "#ひらがな・カタカナ", "#中文-chat",
      "#chat-логово", "#👩‍👩‍👧", "#❤️", "#👍🏽", "#🇩🇪", "#c♯", "#€uro", "#col·lecció", "#a'b|c`d",
    ])
  func usual(name: String) {
    #expect(NameProfile.problem(name) == nil)
  }

  private static let invisible = [
    "#lobby\u{200B}", "#lo\u{AD}bby", "#lobby\u{2060}", "#\u{202E}ybbol", "#lobby\u{200E}", "#\u{2066}lobby",
    "#lobby\u{FE0F}",
    "#lob\u{200D}by", "#lobby\u{3164}", "#lobby\u{A0}", "#lobby\u{3000}", "#lobby\u{2028}", "#lobby\u{E0041}",
    "#a\u{34F}",
    "#\u{2800}", "#👩\u{200D}",
  ]

  private static let notNormal = [
    "#cafe\u{301}", "#\u{212B}ngstrom", "#か\u{3099}", "#ｌｏｂｂｙ", "#𝐥𝐨𝐛𝐛𝐲", "#ﬁsh", "#ª", "#Ⓜ", "#a\u{323}\u{302}\u{301}",
    "#lob\u{1D62}y",
  ]

  private static let unusual = [
    "#ǀobby", "#\u{2C30}", "#\u{E000}", "#a∕b", "#a\u{2010}b", "#\u{0378}", "#\u{1100}\u{1161}", "#│",
  ]

  @Test("names with characters that nobody sees", arguments: invisible)
  func hiding(name: String) { #expect(NameProfile.problem(name) == .invisible) }

  @Test("names that have a simpler spelling", arguments: notNormal)
  func spelled(name: String) { #expect(NameProfile.problem(name) == .notNormal) }

  @Test("names with characters of no living writing system", arguments: unusual)
  func strange(name: String) { #expect(NameProfile.problem(name) == .unusual) }

  @Test("words in several writing systems", arguments: ["#l\u{43E}bby", "#paypa\u{3B9}", "#р2p"])
  func mixed(name: String) { #expect(NameProfile.problem(name) == .mixedScripts) }

  @Test("names in two directions, and with many marks")
  func others() {
    #expect(NameProfile.problem("#שלום-abc") == .mixedDirections)
    #expect(NameProfile.problem("#ҳ\u{330}\u{331}\u{332}\u{333}") == .tooManyMarks)
    #expect(NameProfile.problem("#lo한") == nil)
  }

  private static let alikes: [(String, String)] = [
    ("#lobby", "#l0bby"), ("#lobby", "#Iobby"), ("#lobby", "#1obby"), ("#lobby", "#|obby"), ("#lobby", "#LOBBY"),
    ("alice", "aIice"),
    ("alice", "a1ice"), ("alice", "AL1CE"), ("Alice", "aIice"), ("#scope", "#ѕсоре"), ("#été", "#ÉTÉ"),
    ("#oxo", "#οχο"),
    ("#нос", "#hoc"), ("#kapo", "#κаро"), ("#ヘア", "#へア"), ("#bob1", "#bobl"), ("#room٣", "#room3"), ("#👩👧", "#👩‍👧"),
  ]

  private static let differing: [(String, String)] = [
    ("#mail", "#mall"), ("#tail", "#tall"), ("#cafe", "#café"), ("alice", "alice_"), ("bob", "bob2"),
    ("#modern", "#modem"),
    ("#a-b", "#a_b"), ("v1", "v2"), ("ann", "anna"), ("#日本", "#日木"), ("user1", "user11"),
  ]

  @Test(
    "names that are easily taken for each other",
    arguments: alikes)
  func alike(one: String, other: String) {
    #expect(Lookalikes.areAlike(one, other))
    #expect(Lookalikes.areAlike(other, one))
  }

  @Test(
    "names that differ",
    arguments: differing)
  func different(one: String, other: String) {
    #expect(!Lookalikes.areAlike(one, other))
  }

  @Test(
    "nicks that seem to be a service or the server",
    arguments: [
      "NickServ", "nickserv", "Nick-Serv", "nick_serv", "N1ckServ", "NickServ_", "_NickServ", "N|ckServ", "Nick|Serv",
      "NickServ2",
      "RealNickServ", "Ch4nServ", "CHANSERV", "Chan5erv", "Mem0Serv", "MernoServ", "OperServ", "HostServ", "BotServ",
      "Global", "GL0BAL",
      "Services", "Server", "Server1😀", "x|NickServ|y", "NickServChanServ", "irc_example_org", "irc-example-org1",
    ])
  func reserved(nick: String) {
    #expect(ServiceNames.isReserved(nick, server: "irc.example.org"))
  }

  @Test(
    "nicks that only resemble them",
    arguments: [
      "nick", "serv", "Nicole", "[]", "123", "conserve", "nickser", "xserv", "vvvv", "chandler", "alice",
      "root", "bot", "globetrotter", "example", "___", "observer", "a1",
    ])
  func free(nick: String) {
    #expect(!ServiceNames.isReserved(nick, server: "irc.example.org"))
  }

  @Test("texts that are only shown may join emoji and letters, and hide nothing")
  func hidden() {
    for text in ["Alice 👩‍💻", "می‌خواهم", "日本", ""] { #expect(!NameProfile.hasHiddenCharacters(text)) }
    for text in ["ali\u{200B}ce", "\u{202E}ecila", "a\u{2066}b", "a\u{7}"] {
      #expect(NameProfile.hasHiddenCharacters(text))
    }
  }
}
