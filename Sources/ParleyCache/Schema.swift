import SQLite

/// The tables of the cache, and how files of older versions are brought up to date.
enum Schema {
  /// `PRLC`, at a fixed place in the file, for `file(1)` and for us.
  static let applicationID: Int64 = 0x5052_4c43

  /// The file's `user_version` counts those that have been applied. Never change one that has been released.
  static let migrations: [String] = [
    """
    -- One row. `number` is the last one given: to a message, an arrival, a reaction.
    CREATE TABLE state(id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL);
    INSERT INTO state VALUES (1, 0);

    CREATE TABLE host_values(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

    -- `counter` is the last one given to an idempotency key.
    CREATE TABLE identities(id INTEGER PRIMARY KEY AUTOINCREMENT, counter INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE identity_settings(
      identity INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (identity, key)) WITHOUT ROWID;

    -- Everything up to (marker_time, marker_tie) is read; `marker` is the last row there. `last…` is the newest
    -- message somebody said, and its place.
    CREATE TABLE chats(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      identity INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      name TEXT NOT NULL,
      folded_name TEXT NOT NULL,
      topic TEXT NOT NULL,
      is_wanted INTEGER NOT NULL,
      key TEXT NOT NULL,
      member_count INTEGER NOT NULL,
      cursor_network_id TEXT,
      cursor_time INTEGER,
      cursor_sequence INTEGER,
      unread INTEGER NOT NULL,
      mentions INTEGER NOT NULL,
      marker INTEGER NOT NULL,
      marker_time INTEGER NOT NULL,
      marker_tie INTEGER NOT NULL,
      last INTEGER NOT NULL,
      last_sort_time INTEGER NOT NULL,
      last_tie INTEGER NOT NULL,
      last_time INTEGER NOT NULL,
      last_nick TEXT NOT NULL,
      last_text TEXT NOT NULL);
    CREATE UNIQUE INDEX chats_by_name ON chats(identity, folded_name);
    CREATE TABLE chat_settings(
      chat INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (chat, key)) WITHOUT ROWID;

    -- The place in the chat is (sort_time, tie, id): see Place. `arrival` is 0 until a row is final, then mostly the id.
    CREATE TABLE messages(
      id INTEGER PRIMARY KEY,
      chat INTEGER NOT NULL,
      sort_time INTEGER NOT NULL,
      tie INTEGER NOT NULL,
      time INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      state INTEGER NOT NULL,
      is_own INTEGER NOT NULL,
      is_mention INTEGER NOT NULL,
      arrival INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      result INTEGER NOT NULL,
      network_id TEXT NOT NULL,
      nick TEXT NOT NULL,
      text TEXT NOT NULL,
      account TEXT,
      target TEXT NOT NULL,
      reason TEXT NOT NULL,
      reply_network_id TEXT NOT NULL);
    -- With what counting needs, so that it does not have to look at the rows.
    CREATE INDEX messages_by_place ON messages(chat, sort_time, tie, kind, is_own, is_mention, state);
    CREATE UNIQUE INDEX messages_by_network_id ON messages(chat, network_id) WHERE network_id <> '';
    CREATE INDEX acknowledged_by_arrival ON messages(arrival) WHERE arrival > 0 AND arrival <> id;

    -- Arrivals of rows that are gone; only where it is not their id.
    CREATE TABLE departed(id INTEGER PRIMARY KEY, arrival INTEGER NOT NULL);

    -- The words of what was said, and nothing of the text itself.
    CREATE VIRTUAL TABLE words USING fts5(
      text, content = '', columnsize = 0, tokenize = "unicode61 remove_diacritics 2");

    CREATE TABLE outbox(
      message INTEGER PRIMARY KEY,
      identity INTEGER NOT NULL,
      counter INTEGER NOT NULL,
      was_attempted INTEGER NOT NULL);
    CREATE UNIQUE INDEX outbox_by_counter ON outbox(identity, counter);

    CREATE TABLE reactions(
      chat INTEGER NOT NULL,
      network_id TEXT NOT NULL,
      text TEXT NOT NULL,
      nick TEXT NOT NULL,
      is_own INTEGER NOT NULL,
      number INTEGER NOT NULL,
      PRIMARY KEY (chat, network_id, text, nick)) WITHOUT ROWID;

    -- An end without a time is open.
    CREATE TABLE gaps(
      id INTEGER PRIMARY KEY,
      chat INTEGER NOT NULL,
      older_network_id TEXT,
      older_time INTEGER,
      older_sequence INTEGER,
      newer_network_id TEXT,
      newer_time INTEGER,
      newer_sequence INTEGER);
    CREATE INDEX gaps_by_chat ON gaps(chat);

    CREATE TABLE members(
      chat INTEGER NOT NULL,
      position INTEGER NOT NULL,
      nick TEXT NOT NULL,
      account TEXT,
      roles TEXT NOT NULL,
      is_away INTEGER NOT NULL,
      PRIMARY KEY (chat, position)) WITHOUT ROWID;
    """,
    """
    -- Where in the conversation the last edit and the last word on a reaction stand: history may tell them in another order.
    -- 0: none, or not known. What is taken back stays as long as its place is known.
    ALTER TABLE messages ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE reactions ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE reactions ADD COLUMN is_removed INTEGER NOT NULL DEFAULT 0;
    """,
    """
    -- The server does not have it any more: it was restored from a copy that is older.
    ALTER TABLE messages ADD COLUMN is_lost INTEGER NOT NULL DEFAULT 0;
    """,
    """
    -- By the server's numbers, which say what a page of history speaks for whatever its clock showed.
    CREATE INDEX messages_by_number ON messages(chat, sequence) WHERE sequence > 0;
    """,
    """
    -- What has become of messages that are not here under their ids: see `Cache.EarlyChange`.
    CREATE TABLE early_changes(
      chat INTEGER NOT NULL,
      network_id TEXT NOT NULL,
      is_redaction INTEGER NOT NULL,
      who TEXT NOT NULL,
      text TEXT NOT NULL,
      place INTEGER NOT NULL,
      PRIMARY KEY (chat, network_id, is_redaction)) WITHOUT ROWID;
    """,
    """
    -- The index of words is made anew: see `SearchText`.
    UPDATE state SET number = number;
    """,
    """
    -- Messages that came without an id, for those that are played back with one.
    CREATE INDEX unnamed_by_time ON messages(chat, sort_time) WHERE network_id = '' AND kind < 4;
    """,
  ]

  /// Files of older versions have an index of words without those of `SearchText`.
  private static let indexVersion: Int64 = 6

  /// Checks whose file it is, and brings it up to date in one transaction.
  static func prepare(_ database: Database) throws(SQLiteError) {
    let application = try database.number("PRAGMA application_id") ?? 0
    var version = try database.number("PRAGMA user_version") ?? 0
    let tables = try database.number("SELECT count(*) FROM sqlite_schema") ?? 0
    let isNew = application == 0 && version == 0 && tables == 0
    guard isNew || application == applicationID else {
      throw SQLiteError(code: SQLiteError.notADatabase, message: "this is a SQLite file, but no cache of Parley's")
    }
    guard version >= 0, version <= Int64(migrations.count) else {
      throw SQLiteError(
        code: SQLiteError.newerSchema,
        message: "the cache has version \(version), and this program knows versions up to \(migrations.count): "
          + "it was written by a newer one")
    }
    try database.secureLog()
    try configure(database)
    if version == Int64(migrations.count) { return }
    try database.beginImmediate()
    do throws(SQLiteError) {
      version = try database.number("PRAGMA user_version") ?? 0
      for migration in migrations.dropFirst(Int(version)) { try database.execute(migration) }
      if version > 0, version < indexVersion { try SearchText.rebuild(database) }
      try database.execute("PRAGMA application_id = \(applicationID)")
      try database.execute("PRAGMA user_version = \(migrations.count)")
      try database.commit()
    } catch {
      database.rollBack()
      throw error
    }
  }

  private static func configure(_ database: Database) throws(SQLiteError) {
    try database.execute("PRAGMA journal_mode = WAL")
    try database.execute("PRAGMA synchronous = FULL")
    // Debian's default overwrites deleted rows with zeros.
    try database.execute("PRAGMA secure_delete = OFF")
    try database.execute("PRAGMA journal_size_limit = 4194304")
    try database.execute("PRAGMA cache_size = -4096")
    try database.execute("PRAGMA temp_store = MEMORY")
  }
}
