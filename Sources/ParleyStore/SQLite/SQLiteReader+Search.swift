internal import SQLite

extension SQLiteReader {
  public func search(
    _ text: String, in conversations: [Conversation], before: LogPosition, limit: Int
  ) throws(StoreError) -> [StoredEvent] {
    guard limit > 0, let words = SearchWords(text) else { return [] }
    return try reading { () throws(SQLiteError) in
      var wanted: Set<Int64> = []
      for conversation in conversations {
        if let id = try conversationID(conversation) { wanted.insert(id) }
      }
      if wanted.isEmpty { return [] }
      return try search.find(words, scopes: wanted, before: before, limit: limit) { position throws(SQLiteError) in
        // Who searches is not told here, so nothing is found that only its sender may see.
        let found = try event(at: position, in: { wanted.contains($0) }, for: nil)
        return found?.isUnheard == true ? nil : found
      }
    }
  }
}

/// What somebody typed, as words of the index's query language. All must occur; the last one may go on.
struct SearchWords {
  private static let most = 16

  let query: String

  /// nil: there is no word in it.
  init?(_ text: String) {
    let words = text.unicodeScalars.split { $0.properties.isWhitespace || $0.value < 0x20 }
      .filter { $0.contains { Self.isWordCharacter($0) } }
      .prefix(Self.most)
      .map(String.init)
    guard let last = words.last else { return nil }
    var query = words.map { "\"\($0.replacingQuotes)\"" }.joined(separator: " ")
    // One or two letters begin too many words.
    if last.utf8.count >= 3 { query += "*" }
    self.query = query
  }

  private static func isWordCharacter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
      .letterNumber, .otherNumber, .privateUse:
      true
    default: false
    }
  }
}

extension String {
  /// Within a quoted word of the query language a quote is written twice.
  fileprivate var replacingQuotes: String {
    split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
  }
}

/// The reading side of the search index. It may be missing or about to be replaced: then nothing is found.
final class SearchReader {
  /// With more conversations the index's own filter costs more than looking at each hit.
  private static let mostScopes = 200

  private let path: String
  private let vfs: String?
  private let generation: SearchGeneration?
  private var openedGeneration = 0
  private var database: Database?
  private var statements: [Int64: Statement] = [:]

  init(path: String, vfs: String?, generation: SearchGeneration?) {
    self.path = path
    self.vfs = vfs
    self.generation = generation
  }

  /// - Parameter fetch: the event at a position, if it is there and of the right conversation.
  func find(
    _ words: SearchWords, scopes: Set<Int64>, before: LogPosition, limit: Int,
    fetch: (LogPosition) throws(SQLiteError) -> StoredEvent?
  ) throws(SQLiteError) -> [StoredEvent] {
    guard let database = opened() else { return [] }
    var query = "text : (\(words.query))"
    if scopes.count <= Self.mostScopes {
      let names = scopes.sorted().map { SearchIndex.scope(ofConversation: $0) }.joined(separator: " OR ")
      query += " AND scope : (\(names))"
    }
    var events: [StoredEvent] = []
    var failure: SQLiteError?
    do throws(SQLiteError) {
      // The index's cursor: how far there are parts.
      let indexed = try database.number("SELECT position FROM cursor") ?? 0
      var part = SearchIndex.part(of: min(indexed, max(0, before - 1)))
      while part >= 0, events.count < limit, failure == nil {
        let hits = try hits(in: part, database)
        try hits.bind(query, before)
        defer { hits.reset() }
        while events.count < limit, failure == nil, try hits.step() {
          let position = hits.int(0)
          switch Result(catching: { () throws(SQLiteError) in try fetch(position) }) {
          case .success(let event): if let event { events.append(event) }
          case .failure(let error): failure = error
          }
        }
        part -= 1
      }
    } catch {
      forget(error)
    }
    if let failure { throw failure }
    return events
  }

  /// The index never fails a query: its writer is told, and makes it again.
  private func forget(_ error: SQLiteError) {
    close()
    if [SQLiteError.corrupt, SQLiteError.notADatabase, SQLiteError.error].contains(error.primary) {
      generation?.reportDamage(of: openedGeneration)
    }
  }

  private func hits(in part: Int64, _ database: Database) throws(SQLiteError) -> Statement {
    if let statement = statements[part] { return statement }
    let table = SearchIndex.table(part)
    let statement = try database.prepare(
      "SELECT rowid FROM \(table) WHERE \(table) MATCH ? AND rowid < ? ORDER BY rowid DESC")
    statements[part] = statement
    return statement
  }

  private func close() {
    statements = [:]
    database = nil
  }

  private func opened() -> Database? {
    let current = generation?.current ?? 0
    if current != openedGeneration { close() }
    if let database { return database }
    guard Database.exists(path: path, vfs: vfs) else { return nil }
    openedGeneration = current
    database = try? Database(path: path, access: .query, vfs: vfs)
    database?.setBusyTimeout(milliseconds: 200)
    return database
  }
}
