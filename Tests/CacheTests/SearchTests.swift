import IRC
import ParleyCache
import SQLite
import Seeded
import Testing

@Suite("Search")
struct SearchTests {
  private let cache: Cache
  private let reader: CacheReader

  /// 2026-01-31T12:00:00Z
  private let noon: Int64 = 1_769_860_800_000
  private let day: Int64 = 86_400_000

  init() throws {
    cache = try Cache.settled()
    reader = try cache.makeReader()
    try cache.add(said("The quick brown fox", by: "Bob", at: noon, id: "1"))
    try cache.add(said("A crème brûlée for the fox, quickly", by: "amy", at: noon + day, id: "2"))
    try cache.add(said("ÜBER the brown fence", by: "amy", at: noon - day, id: "3", in: bob))
    try cache.add(joined("fox", at: noon))
  }

  private func find(_ query: String, in chat: Int64 = 0) throws -> [String]? {
    try reader.search(chat: chat, query: query, before: 0, limit: 10)?.map(\.networkID)
  }

  private static let examples: [(query: String, expected: [String])] = [
    ("fox", ["2", "1"]), ("FOX", ["2", "1"]), ("fo", ["2", "1"]), ("ox", []),
    ("brown fox", ["1"]), ("brown fo", ["1"]), ("fox,quick", ["2"]), ("quick the", ["2", "1"]),
    ("creme brulee", ["2"]), ("Crème", ["2"]), ("uber", ["3"]),
    ("\"brown fox\"", ["1"]), ("\"fox brown\"", []), ("\"brown fo\"", []), ("\"the brown", ["3"]),
    ("the from:bob", ["1"]), ("the FROM:AMY", ["2", "3"]), ("the from:nobody", []),
    ("the before:2026-01-31", ["3"]), ("the after:2026-01-31", ["2"]),
    ("the before:2026-02-01 after:2026-01-30", ["1"]), ("from:bob", ["1"]), ("from:amy before:2026-01-31", ["3"]),
    ("the\u{0}quick", ["2", "1"]), ("the 😀", ["2", "1", "3"]),
  ]

  @Test("words, beginnings, phrases, people, days")
  func syntax() throws {
    for (query, expected) in Self.examples {
      #expect(try find(query) == expected, "\(query)")
    }
  }

  @Test(
    "a query without words is none",
    arguments: ["", "   ", "\"\"", "\"", "😀", "* ( ) : -", "the before:2026-13-77", "the after:2026-02-30", "before:x"])
  func noWords(query: String) throws {
    #expect(try find(query) == nil)
  }

  @Test("nothing of the text is syntax of the index")
  func hostile() throws {
    let fixed = [
      "fox OR", "fox AND NOT", "NEAR(fox brown)", "fox*", "^fox", "text:fox", "{text}:fox", "fox + brown", "(fox",
      "fox)", "-fox",
      "\"fox", "fox\"", "\"\"fox\"\"", "'fox", "fox'; DROP TABLE messages; --", "rowid:1", "fox\u{0}\" OR \"x", "from:",
      "before:x",
      "after:", "a:b:c", ":", "from:\" fox", "\u{301}fox", "fox\u{200B}", "\u{10FFFF} fox",
      String(repeating: "a ", count: 500),
      String(repeating: "\"", count: 999) + "fox", String(repeating: "x", count: 1_000),
    ]
    for query in fixed { _ = try find(query) }
    #expect(try find("NOT fox") == [])
    #expect(try find("(fox)") == ["2", "1"])
    var random = SeededRandom(seed: 3)
    let alphabet = Array("fox \"*():^+-{}'\u{0}NEARORANDNOT\\,.😀é\u{301}/before:2026-01-31from:")
    for _ in 0..<3_000 {
      let query = String(
        (0..<Int.random(in: 0...40, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? " " })
      do throws(SQLiteError) {
        _ = try reader.search(chat: 0, query: query, before: 0, limit: 10)
      } catch {
        Issue.record("\(query.debugDescription): \(error)")
      }
    }
    #expect(try find("fox") == ["2", "1"])
  }

  @Test(
    "a part of a sentence without spaces is found",
    arguments: [
      ("東京", "昨日東京タワーへ行った"), ("タワー", "昨日東京タワーへ行った"), ("行った", "昨日東京タワーへ行った"), ("京", "昨日東京タワーへ行った"),
      ("สวัสดี", "คุณสวัสดีครับ"), ("tower", "東京tower見た"), ("見た", "東京tower見た"),
    ])
  func spaceless(query: String, text: String) throws {
    let id = try cache.add(said(text, id: "c"))
    try cache.add(said("京東 都", id: "d"))
    #expect(try find(query)?.contains("c") == true)
    #expect(try find("東京都") == [])
    try cache.turn { () throws(SQLiteError) in
      _ = try cache.redact(chat: lobby, networkID: "c", by: "amy", reason: "")
    }
    #expect(try find(query)?.contains("c") == false, "\(id)")
  }

  @Test("in one chat or all, the newest first, page by page")
  func pages() throws {
    #expect(try find("the", in: lobby) == ["2", "1"])
    #expect(try find("the", in: bob) == ["3"])
    #expect(try find("the", in: 77) == [])
    for n in 0..<25 { try cache.add(said("page \(n % 2)", at: noon + Int64(n * 7 % 25 / 3), id: "p\(n)")) }
    var pages: [MessageRow] = []
    var before: Int64 = 0
    while let page = try reader.search(chat: 0, query: "page", before: before, limit: 4), let last = page.last {
      pages += page
      before = last.id
    }
    #expect(pages.count == 25)
    #expect(Set(pages.map(\.id)).count == 25)
    #expect(
      pages.map { [$0.time.milliseconds, $0.id] }
        == pages.map { [$0.time.milliseconds, $0.id] }.sorted { $1.lexicographicallyPrecedes($0) })
    #expect(try reader.search(chat: 0, query: "page", before: 9_999, limit: 4) == [])
    #expect(try reader.search(chat: 0, query: "page", before: 0, limit: -1) == [])
  }

  @Test("what waits is found; what is discarded or deleted is not")
  func changes() throws {
    let own = try cache.send("a zebra")
    #expect(try reader.search(chat: 0, query: "zebra", before: 0, limit: 5)?.map(\.id) == [own.message])
    _ = try cache.turn { () throws(SQLiteError) in try cache.discard(message: own.message) }
    #expect(try find("zebra") == [])
    let id = try cache.add(said("a giraffe"))
    try cache.turn { () throws(SQLiteError) in try cache.deleteMessage(id) }
    #expect(try find("giraffe") == [])
  }
}
