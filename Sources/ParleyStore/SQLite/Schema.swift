import SQLite

/// The tables of the main file, and how files of older versions are brought up to date.
enum Schema {
  /// `PRLY`, at a fixed place in the file, for `file(1)` and for us.
  static let applicationID: Int64 = 0x5052_4c59

  /// The file's `user_version` counts those that have been applied. Never change one that has been released.
  static let migrations: [String] = [
    """
    -- One row: counters, and the secret that message ids are made with.
    CREATE TABLE state(
      id INTEGER PRIMARY KEY CHECK (id = 1),
      released INTEGER NOT NULL DEFAULT 0,
      next_account INTEGER NOT NULL DEFAULT 1,
      next_room INTEGER NOT NULL DEFAULT 1,
      secret BLOB NOT NULL);

    -- The log. A room's conversation is its id, a private one's is minus its id in direct_conversations.
    -- content is NULL for plain text; other values are kept free for opaque payloads.
    CREATE TABLE events(
      position INTEGER PRIMARY KEY,
      conversation INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      time INTEGER NOT NULL,
      sender INTEGER NOT NULL,
      source TEXT NOT NULL,
      account TEXT NOT NULL,
      target TEXT NOT NULL,
      text TEXT NOT NULL,
      tags TEXT NOT NULL,
      content TEXT);
    CREATE UNIQUE INDEX events_by_conversation ON events(conversation, sequence);

    -- Nicks are those last used, so that a guest who has left can still be found.
    CREATE TABLE direct_conversations(
      id INTEGER PRIMARY KEY,
      low INTEGER NOT NULL,
      high INTEGER NOT NULL,
      low_nick TEXT NOT NULL COLLATE NOCASE,
      high_nick TEXT NOT NULL COLLATE NOCASE);
    CREATE UNIQUE INDEX direct_by_pair ON direct_conversations(low, high);
    CREATE INDEX direct_by_low ON direct_conversations(low, high_nick);
    CREATE INDEX direct_by_high ON direct_conversations(high, low_nick);

    -- Idempotency keys: the counters of each sender's devices. A result's slot is sender_devices.id * 1024 + counter %
    -- 1024, so that a device never takes more than 1,024 rows and nothing needs to be pruned.
    CREATE TABLE sender_devices(
      id INTEGER PRIMARY KEY,
      sender INTEGER NOT NULL,
      device TEXT NOT NULL);
    CREATE UNIQUE INDEX sender_devices_by_name ON sender_devices(sender, device);
    CREATE TABLE results(
      slot INTEGER PRIMARY KEY,
      counter INTEGER NOT NULL,
      hash INTEGER NOT NULL,
      position INTEGER NOT NULL);

    -- The directory.
    CREATE TABLE accounts(
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL COLLATE NOCASE UNIQUE,
      nick TEXT NOT NULL,
      realname TEXT NOT NULL,
      salt BLOB,
      iterations INTEGER,
      stored_key BLOB,
      server_key BLOB,
      fingerprints TEXT NOT NULL,
      email TEXT NOT NULL,
      registered_at INTEGER NOT NULL,
      suspension TEXT NOT NULL,
      is_operator INTEGER NOT NULL,
      revision INTEGER NOT NULL);
    CREATE TABLE retired_accounts(id INTEGER PRIMARY KEY);
    CREATE TABLE rooms(
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL COLLATE NOCASE UNIQUE,
      created_at INTEGER NOT NULL,
      founder INTEGER,
      topic TEXT NOT NULL,
      topic_set_by TEXT NOT NULL,
      topic_set_at INTEGER,
      modes TEXT NOT NULL,
      key TEXT NOT NULL,
      user_limit INTEGER NOT NULL);
    CREATE TABLE list_entries(
      room INTEGER NOT NULL,
      mode TEXT NOT NULL,
      mask TEXT NOT NULL,
      set_by TEXT NOT NULL,
      set_at INTEGER NOT NULL,
      PRIMARY KEY (room, mode, mask)) WITHOUT ROWID;
    CREATE TABLE memberships(
      room INTEGER NOT NULL,
      account INTEGER NOT NULL,
      roles INTEGER NOT NULL,
      joined_at INTEGER NOT NULL,
      PRIMARY KEY (room, account)) WITHOUT ROWID;
    CREATE INDEX memberships_by_account ON memberships(account);
    CREATE TABLE devices(
      account INTEGER NOT NULL,
      device TEXT NOT NULL,
      seen INTEGER NOT NULL,
      last_seen_at INTEGER NOT NULL,
      PRIMARY KEY (account, device)) WITHOUT ROWID;
    """,
    """
    -- `target` is a folded name: a room that ends and is made again is the same to whoever has read it.
    CREATE TABLE read_markers(
      account INTEGER NOT NULL,
      target TEXT NOT NULL,
      time INTEGER NOT NULL,
      PRIMARY KEY (account, target)) WITHOUT ROWID;
    """,
    """
    -- The position of the event that this one is about; 0: none.
    ALTER TABLE events ADD COLUMN reference INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX events_by_reference ON events(reference) WHERE reference > 0;
    -- Texts that have changed since they were written: what the search index has to forget and to learn. Ids are never used again.
    CREATE TABLE amendments(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      position INTEGER NOT NULL,
      conversation INTEGER NOT NULL,
      old_text TEXT NOT NULL,
      new_text TEXT NOT NULL);
    """,
    """
    -- Room modes W and f; 0: not set.
    ALTER TABLE rooms ADD COLUMN slow_seconds INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE rooms ADD COLUMN flood_lines INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE rooms ADD COLUMN flood_seconds INTEGER NOT NULL DEFAULT 0;
    """,
    """
    -- `owner` is an account's id, or minus a room's.
    CREATE TABLE metadata(
      owner INTEGER NOT NULL,
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (owner, key)) WITHOUT ROWID;
    """,
    """
    CREATE TABLE verifications(
      account INTEGER PRIMARY KEY,
      email TEXT NOT NULL,
      code_hash BLOB NOT NULL,
      is_registration INTEGER NOT NULL,
      expires_at INTEGER NOT NULL);
    CREATE TABLE silences(
      account INTEGER NOT NULL,
      mask TEXT NOT NULL,
      PRIMARY KEY (account, mask)) WITHOUT ROWID;
    CREATE TABLE account_settings(
      account INTEGER PRIMARY KEY,
      modes TEXT NOT NULL,
      persistence INTEGER NOT NULL);
    -- Roles in a room outlive membership.
    CREATE TABLE room_roles(
      room INTEGER NOT NULL,
      account INTEGER NOT NULL,
      roles INTEGER NOT NULL,
      PRIMARY KEY (room, account)) WITHOUT ROWID;
    CREATE INDEX room_roles_by_account ON room_roles(account);
    """,
    """
    -- Room mode H; 0: everything. What has been removed of a conversation, told by the last one: sequences and positions go on
    -- behind it. A result tells of its event by itself, which may be gone; 0: made before that was so.
    ALTER TABLE rooms ADD COLUMN keep_messages INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE rooms ADD COLUMN keep_seconds INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE expired(
      conversation INTEGER PRIMARY KEY,
      sequence INTEGER NOT NULL,
      position INTEGER NOT NULL,
      time INTEGER NOT NULL);
    ALTER TABLE results ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE results ADD COLUMN time INTEGER NOT NULL DEFAULT 0;
    """,
    """
    -- Where the log was when the member joined; 0: before anybody asked.
    ALTER TABLE memberships ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
    """,
    """
    -- Each room that has ended leaves a row for ever: what the newest is must not take longer for it.
    CREATE INDEX expired_by_position ON expired(position);
    """,
    """
    -- One row: what the server knew of its clock.
    CREATE TABLE clock(
      id INTEGER PRIMARY KEY CHECK (id = 1),
      certain INTEGER NOT NULL,
      proven INTEGER,
      steady_for INTEGER NOT NULL);
    """,
    """
    -- Over all columns of the row, see RowChecksum.
    ALTER TABLE events ADD COLUMN checksum INTEGER;
    -- An edit that had been erased with its message kept its tags.
    UPDATE events SET tags = '' WHERE kind = 0 AND tags <> '';
    """,
    """
    -- Groups of kinds, see EventClass: one index range each, so that a page of messages does not go over reactions.
    ALTER TABLE events ADD COLUMN class INTEGER GENERATED ALWAYS AS (
      CASE WHEN kind IN (1, 2) THEN 0 WHEN kind = 3 THEN 1 WHEN kind = 5 THEN 3 WHEN kind = 4 THEN 4 WHEN kind = 0 THEN 5
        ELSE 2 END) VIRTUAL;
    DROP INDEX events_by_conversation;
    CREATE INDEX events_by_class ON events(conversation, class, sequence);
    """,
    """
    -- Invitations that accounts have not used; `inviter` is an identity. Names of rooms that were registered, kept for their founders;
    -- account 0: for server operators. Whether missed messages are replayed.
    CREATE TABLE invitations(
      account INTEGER NOT NULL,
      room INTEGER NOT NULL,
      inviter INTEGER NOT NULL,
      source TEXT NOT NULL,
      time INTEGER NOT NULL,
      admits INTEGER NOT NULL,
      PRIMARY KEY (account, room)) WITHOUT ROWID;
    CREATE INDEX invitations_by_room ON invitations(room);
    CREATE TABLE reserved_names(
      name TEXT PRIMARY KEY COLLATE NOCASE,
      account INTEGER NOT NULL,
      until INTEGER NOT NULL) WITHOUT ROWID;
    ALTER TABLE account_settings ADD COLUMN replays_missed INTEGER NOT NULL DEFAULT 1;
    """,
    """
    -- What is said to somebody who silences its sender is seen by its sender only; so is own_text, which stands for text there.
    ALTER TABLE events ADD COLUMN unheard INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE events ADD COLUMN own_text TEXT;
    """,
    """
    -- Runs of the server that have stored something, by the positions of their first events: see Epoch.
    CREATE TABLE epochs(
      first INTEGER PRIMARY KEY,
      base INTEGER NOT NULL,
      tag INTEGER NOT NULL UNIQUE,
      key BLOB NOT NULL);
    """,
    """
    -- Reactions to a message are counted and read, however often it has been edited.
    DROP INDEX events_by_reference;
    CREATE INDEX events_by_reference ON events(reference, kind) WHERE reference > 0;
    """,
    RowChecksum.migration,
    """
    -- What the clock showed, and for how long it has been ahead of the server's own time.
    ALTER TABLE clock ADD COLUMN shown INTEGER;
    ALTER TABLE clock ADD COLUMN doubted_for INTEGER NOT NULL DEFAULT 0;

    """ + RowChecksum.clockMigration,
    """
    -- The accounts that have a certificate, as `accounts.fingerprints` says, and indexes for what a deleted account leaves behind.
    CREATE TABLE certificates(
      fingerprint TEXT NOT NULL,
      account INTEGER NOT NULL,
      PRIMARY KEY (fingerprint, account)) WITHOUT ROWID;
    CREATE INDEX certificates_by_account ON certificates(account);
    INSERT OR IGNORE INTO certificates(fingerprint, account)
    WITH RECURSIVE words(id, word, rest) AS (
      SELECT id, '', fingerprints || ' ' FROM accounts WHERE fingerprints <> ''
      UNION ALL
      SELECT id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM words WHERE rest <> '')
    SELECT word, id FROM words WHERE word <> '';
    CREATE INDEX list_entries_by_mask ON list_entries(lower(mask));
    CREATE INDEX rooms_by_founder ON rooms(founder) WHERE founder IS NOT NULL;
    CREATE INDEX reserved_names_by_account ON reserved_names(account);
    """,
    """
    -- What is unheard has classes of its own, and an index for its senders: others do not go over it.
    DROP INDEX events_by_class;
    ALTER TABLE events DROP COLUMN class;
    ALTER TABLE events ADD COLUMN class INTEGER GENERATED ALWAYS AS (
      CASE WHEN kind IN (1, 2) THEN 0 WHEN kind = 3 THEN 1 WHEN kind = 5 THEN 3 WHEN kind = 4 THEN 4 WHEN kind = 0 THEN 5
        ELSE 2 END + CASE WHEN unheard <> 0 AND kind <> 0 THEN 8 ELSE 0 END) VIRTUAL;
    CREATE INDEX events_by_class ON events(conversation, class, sequence);
    CREATE INDEX events_unheard ON events(conversation, sender, class, sequence) WHERE unheard <> 0;
    """,
    """
    -- For each side the newest event that it may see (NULL: none), and whether it has ever said something: see ConversationSides.
    ALTER TABLE direct_conversations ADD COLUMN low_last INTEGER;
    ALTER TABLE direct_conversations ADD COLUMN low_time INTEGER;
    ALTER TABLE direct_conversations ADD COLUMN low_kind INTEGER;
    ALTER TABLE direct_conversations ADD COLUMN low_spoke INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE direct_conversations ADD COLUMN high_last INTEGER;
    ALTER TABLE direct_conversations ADD COLUMN high_time INTEGER;
    ALTER TABLE direct_conversations ADD COLUMN high_kind INTEGER;
    ALTER TABLE direct_conversations ADD COLUMN high_spoke INTEGER NOT NULL DEFAULT 0;
    """ + fillSide("low") + fillSide("high") + """
      CREATE INDEX direct_by_low_last ON direct_conversations(low, low_last, low_time, low_kind);
      CREATE INDEX direct_by_high_last ON direct_conversations(high, high_last, high_time, high_kind);
      """,
  ]

  /// What one side of each private conversation sees last, and whether it has spoken.
  private static func fillSide(_ side: String) -> String {
    """

    UPDATE direct_conversations SET (\(side)_last, \(side)_time, \(side)_kind) = (
      SELECT position, time, kind FROM events WHERE position IN (
        SELECT (
          SELECT position FROM events WHERE conversation = -id AND class = classes.column1 ORDER BY sequence DESC LIMIT 1)
        FROM (VALUES (0), (1), (2), (3), (4)) AS classes
        UNION ALL
        SELECT (
          SELECT position FROM events INDEXED BY events_unheard
          WHERE conversation = -id AND sender = \(side) AND class = classes.column1 AND unheard <> 0
          ORDER BY sequence DESC LIMIT 1)
        FROM (VALUES (8), (9), (10), (11), (12)) AS classes)
      ORDER BY sequence DESC LIMIT 1);
    UPDATE direct_conversations SET \(side)_spoke = 1
    WHERE (id, \(side)) IN (SELECT -conversation, sender FROM events WHERE conversation < 0 AND kind IN (1, 2));

    """
  }

  /// How a file that is up to date differs from what the migrations make.
  static func problems(of database: Database) throws(SQLiteError) -> [String] {
    let expected = try Self.expected.get()
    let found = try objects(of: database)
    return Set(expected.keys).union(found.keys).sorted().compactMap { name in
      if expected[name] == found[name] { return nil }
      if found[name] == nil { return "the schema: \(name) is missing" }
      return "the schema: \(name) \(expected[name] == nil ? "is not Parley's" : "is not as it should be")"
    }
  }

  private static let expected = Result { () throws(SQLiteError) in
    let model = try Database(path: ":memory:", access: .create)
    for migration in migrations { try model.execute(migration) }
    return try objects(of: model)
  }

  /// The statements that make tables, indexes and triggers, by name. What SQLite makes by itself has none.
  private static func objects(of database: Database) throws(SQLiteError) -> [String: String] {
    var objects: [String: String] = [:]
    try database.prepare("SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL").eachRow {
      objects[$0.text(0)] = $0.text(1)
      return true
    }
    return objects
  }

  enum Verdict {
    case current
    case outdated
    case unusable(String)
  }

  static func judge(_ database: Database) throws(SQLiteError) -> Verdict {
    let application = try database.number("PRAGMA application_id") ?? 0
    let version = try database.number("PRAGMA user_version") ?? 0
    if application == 0, version == 0, try database.number("SELECT count(*) FROM sqlite_schema") == 0 {
      return .outdated
    }
    guard application == applicationID else { return .unusable("this is a SQLite file, but no Parley database") }
    guard version <= Int64(migrations.count) else {
      return .unusable(
        "the database has version \(version), and this program knows versions up to \(migrations.count): "
          + "it was written by a newer one")
    }
    return version == Int64(migrations.count) ? .current : .outdated
  }

  /// Brings the file up to date in one transaction.
  static func migrate(_ database: Database, makeSecret: () -> [UInt8]) throws(SQLiteError) {
    try database.beginImmediate()
    do throws(SQLiteError) {
      let version = Int(try database.number("PRAGMA user_version") ?? 0)
      if version < migrations.count {
        for migration in migrations[version...] { try database.execute(migration) }
        if version == 0 {
          let secret = makeSecret()
          precondition(secret.count == 32, "the secret has 32 bytes")
          try database.statement("INSERT INTO state(id, secret) VALUES (1, ?)").run(secret)
          try database.execute("PRAGMA application_id = \(applicationID)")
        }
        try database.execute("PRAGMA user_version = \(migrations.count)")
      }
      try database.commit()
    } catch {
      database.rollBack()
      throw error
    }
  }
}
