internal import IRC
internal import SQLite

/// A text as the index of words has it. FTS5 finds beginnings of words between spaces. Letters of scripts without spaces become words of
/// their own, so that a part of a sentence is found as a row of them.
enum SearchText {
  static func indexed(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: \.isSpaceless) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar.isSpaceless {
        result.append(" ")
        result.append(scalar)
        result.append(" ")
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }

  /// Makes the index anew, inside of a transaction.
  static func rebuild(_ database: Database) throws(SQLiteError) {
    try database.execute("INSERT INTO words(words) VALUES ('delete-all')")
    let insert = try database.statement("INSERT INTO words(rowid, text) VALUES (?, ?)")
    var failure: SQLiteError?
    try database.statement("SELECT id, text FROM messages WHERE kind < 4 AND text <> '' ORDER BY id").eachRow {
      do throws(SQLiteError) { try insert.run($0.int(0), indexed($0.text(1))) } catch { failure = error }
      return failure == nil
    }
    if let failure { throw failure }
  }
}
