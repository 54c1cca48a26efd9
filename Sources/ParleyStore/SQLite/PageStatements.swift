import SQLite

/// The statements that read pages of history.
struct PageStatements {
  let oldest: Statement
  let newest: Statement

  init(_ database: Database) throws(SQLiteError) {
    let columns = """
      position, sequence, kind, time, sender, source, account, target, text, tags, reference,
      unheard, own_text, \(RowChecksum.isSound),
      length(CAST(text AS BLOB)) + length(CAST(tags AS BLOB))
      """
    oldest = try database.prepare(EventClass.pageQuery(columns: columns, order: "ASC"))
    newest = try database.prepare(EventClass.pageQuery(columns: columns, order: "DESC"))
  }
}
