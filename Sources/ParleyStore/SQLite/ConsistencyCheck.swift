import SQLite

/// What must be true of every database, said in SQL.
struct ConsistencyCheck {
  let database: Database

  func run() throws(SQLiteError) -> [String] {
    var problems = try fileProblems()
    problems += try EventCheck(database: database).run()
    for (name, sql) in RowChecksum.rules + Self.rules + ConversationSides.rules {
      problems += try violations(of: name, sql)
    }
    return problems
  }

  /// Only what a disk that returns other bytes than it was given can have done.
  func damage() throws(SQLiteError) -> [String] {
    var problems = try fileProblems()
    let damaged = "SELECT \(RowNames.event) FROM events WHERE checksum <> \(RowChecksum.event)"
    problems += try violations(of: "an event is damaged", damaged)
    for (name, sql) in RowChecksum.rules { problems += try violations(of: name, sql) }
    return problems
  }

  private func fileProblems() throws(SQLiteError) -> [String] {
    var problems: [String] = []
    try database.prepare("PRAGMA integrity_check").eachRow {
      if $0.text(0) != "ok" { problems.append("file: \($0.text(0))") }
      return true
    }
    return problems + (try Schema.problems(of: database))
  }

  /// Each query's rows are the violations; at most ten are listed.
  private func violations(of name: String, _ sql: String) throws(SQLiteError) -> [String] {
    var problems: [String] = []
    var count = 0
    try database.prepare(sql).eachRow {
      count += 1
      if count <= 10 { problems.append("\(name): \($0.text(0))".printable) }
      return true
    }
    if count > 10 { problems.append("\(name): \(count - 10) more") }
    return problems
  }

  private static let rules = [
    (
      "the log has holes",
      """
      SELECT 'positions up to ' || last || ', but ' || count || ' events, expired ones included'
      FROM (
        SELECT (SELECT count(*) FROM events) + (SELECT coalesce(sum(sequence), 0) FROM expired) AS count,
          max(
            (SELECT coalesce(max(position), 0) FROM events), (SELECT coalesce(max(position), 0) FROM expired)) AS last)
      WHERE count <> last
      """
    ),
    (
      "a conversation has holes",
      """
      SELECT 'conversation ' || conversation || ', sequences ' || min(events.sequence) || ' to ' || max(events.sequence)
        || ', but ' || count(*) || ' events'
      FROM events LEFT JOIN expired USING (conversation) GROUP BY conversation
      HAVING min(events.sequence) <> coalesce(max(expired.sequence), 0) + 1
        OR max(events.sequence) <> coalesce(max(expired.sequence), 0) + count(*)
      """
    ),
    (
      "what has expired is newer than what is left",
      """
      SELECT 'conversation ' || conversation FROM events JOIN expired USING (conversation)
      WHERE events.position <= expired.position OR events.time < expired.time GROUP BY conversation
      """
    ),
    (
      "an event is of no known kind",
      "SELECT 'position ' || position FROM events WHERE kind NOT BETWEEN 0 AND 12"
    ),
    (
      "an event is about one of another conversation, or about none",
      """
      SELECT 'position ' || events.position FROM events LEFT JOIN events AS other ON other.position = events.reference
      WHERE events.reference > 0 AND other.conversation IS NOT events.conversation
        AND (other.position IS NOT NULL OR events.reference >
          (SELECT coalesce(max(position), 0) FROM expired WHERE conversation = events.conversation))
      """
    ),
    (
      "something is left of what has been erased",
      "SELECT 'position ' || position FROM events WHERE kind = 0 AND (text <> '' OR tags <> '')"
    ),
    (
      "a private conversation is unknown",
      """
      SELECT 'conversation ' || conversation FROM events
      WHERE conversation < 0 AND -conversation NOT IN (SELECT id FROM direct_conversations) GROUP BY conversation
      """
    ),
    (
      "a private conversation has its sides the wrong way round",
      "SELECT 'conversation ' || -id FROM direct_conversations WHERE low > high"
    ),
    (
      "an idempotency key has no device",
      "SELECT 'slot ' || slot FROM results WHERE slot / 1024 NOT IN (SELECT id FROM sender_devices)"
    ),
    (
      "an idempotency key is in the wrong place",
      "SELECT 'slot ' || slot FROM results WHERE slot % 1024 <> counter % 1024 OR counter < 1"
    ),
    (
      "an idempotency key has no event of its sender",
      """
      SELECT 'slot ' || slot FROM results
        JOIN sender_devices ON sender_devices.id = slot / 1024
        LEFT JOIN events ON events.position = results.position
      WHERE events.sender IS NOT sender_devices.sender
        AND (events.sender IS NOT NULL OR results.position > (SELECT coalesce(max(position), 0) FROM expired))
      """
    ),
    (
      "two idempotency keys have one event",
      "SELECT 'position ' || position FROM results GROUP BY position HAVING count(*) > 1"
    ),
    (
      "the state is wrong",
      """
      SELECT 'released ' || released || ', next account ' || next_account || ', next room ' || next_room || ', '
        || length(secret) || ' bytes of secret'
      FROM state
      WHERE released > max(
          (SELECT coalesce(max(position), 0) FROM events), (SELECT coalesce(max(position), 0) FROM expired)) OR length(secret) <> 32
        OR next_account <= coalesce((SELECT max(id) FROM accounts), 0)
        OR next_room <= coalesce((SELECT max(id) FROM rooms), 0)
      """
    ),
    (
      "the state is missing",
      "SELECT count(*) || ' rows' FROM state HAVING count(*) <> 1"
    ),
    (
      "a certificate belongs to several accounts",
      """
      WITH RECURSIVE words(id, name, word, rest) AS (
        SELECT id, name, '', fingerprints || ' ' FROM accounts WHERE fingerprints <> ''
        UNION ALL
        SELECT id, name, lower(substr(rest, 1, instr(rest, ' ') - 1)), substr(rest, instr(rest, ' ') + 1)
        FROM words WHERE rest <> '')
      SELECT word || ': ' || group_concat(name, ', ') FROM (SELECT DISTINCT id, name, word FROM words WHERE word <> '')
      GROUP BY word HAVING count(*) > 1
      """
    ),
    (
      "a certificate is kept for an account that does not have it",
      """
      SELECT fingerprint FROM certificates LEFT JOIN accounts ON id = account
      WHERE id IS NULL OR instr(' ' || fingerprints || ' ', ' ' || fingerprint || ' ') = 0
      """
    ),
    (
      "epochs are out of order",
      """
      SELECT 'epoch at position ' || first FROM (
        SELECT first, base, key, lag(base, 1, 0) OVER (ORDER BY first) AS earlier FROM epochs)
      WHERE base <= earlier OR first < 1 OR length(key) <> 16 OR first > max(
        (SELECT coalesce(max(position), 0) FROM events), (SELECT coalesce(max(position), 0) FROM expired))
      """
    ),
    (
      "an account has half a password",
      """
      SELECT name FROM accounts WHERE salt IS NOT NULL
        AND (iterations IS NULL OR length(stored_key) IS NOT 32 OR length(server_key) IS NOT 32)
      """
    ),
  ]
}
