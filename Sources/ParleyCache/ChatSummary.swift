import IRC
import SQLite

/// What a chat's row says of its messages. Kept in memory while messages come and written once, with the commit.
struct ChatSummary {
  var unread: Int64
  var mentions: Int64
  var marker: Int64
  /// Everything up to here is read.
  var markerPlace: Place
  var last: Int64
  var lastPlace: Place
  var lastTime: Int64
  var lastNick: String
  var lastText: String
  var isSaved = true

  static let textLimit = 200

  /// The beginning of a text: at most 200 bytes, whole characters.
  static func excerpt(_ text: String) -> String {
    guard text.utf8.count > textLimit else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: textLimit)
    while text.utf8[end] & 0xc0 == 0x80 { text.utf8.formIndex(before: &end) }
    return String(text[..<end])
  }
}

extension Cache {
  /// - Throws: if there is no such chat.
  func summary(of chat: Int64) throws(SQLiteError) -> ChatSummary {
    if let summary = summaries[chat] { return summary }
    let found = try database.statement(
      """
      SELECT unread, mentions, marker, marker_time, marker_tie, last, last_sort_time, last_tie, last_time, last_nick, last_text
      FROM chats WHERE id = ?
      """
    ).first(chat) {
      ChatSummary(
        unread: $0.int(0), mentions: $0.int(1), marker: $0.int(2),
        markerPlace: Place(time: $0.int(3), tie: $0.int(4)), last: $0.int(5),
        lastPlace: Place(time: $0.int(6), tie: $0.int(7)), lastTime: $0.int(8), lastNick: $0.text(9),
        lastText: $0.text(10))
    }
    guard let found else { throw SQLiteError(code: SQLiteError.constraint, message: "there is no chat \(chat)") }
    summaries[chat] = found
    return found
  }

  func setSummary(_ summary: ChatSummary, of chat: Int64) {
    var summary = summary
    summary.isSaved = false
    summaries[chat] = summary
  }

  func saveSummaries() throws(SQLiteError) {
    for (chat, summary) in summaries.filter({ !$0.value.isSaved }).sorted(by: { $0.key < $1.key }) {
      try database.statement(
        """
        UPDATE chats SET unread = ?2, mentions = ?3, marker = ?4, marker_time = ?5, marker_tie = ?6, last = ?7,
          last_sort_time = ?8, last_tie = ?9, last_time = ?10, last_nick = ?11, last_text = ?12
        WHERE id = ?1
        """
      ).run(
        chat, summary.unread, summary.mentions, summary.marker, summary.markerPlace.time, summary.markerPlace.tie,
        summary.last, summary.lastPlace.time, summary.lastPlace.tie, summary.lastTime, summary.lastNick,
        summary.lastText)
      summaries[chat]?.isSaved = true
    }
  }

  /// A row has come to its place, or has moved there.
  func note(_ row: MessageRow, at place: Place) throws(SQLiteError) {
    var summary = try summary(of: row.chat)
    let isSaid = MessageRow.isSaid(row.kind)
    if isSaid, !row.isOwn, place > summary.markerPlace {
      summary.unread += 1
      if row.isMention { summary.mentions += 1 }
    }
    if isSaid, row.state != .failed, summary.last == 0 || place >= summary.lastPlace {
      summary.last = row.id
      summary.lastPlace = place
      summary.lastTime = row.time.milliseconds
      summary.lastNick = row.nick
      summary.lastText = ChatSummary.excerpt(row.text)
    }
    if place <= summary.markerPlace, row.kind != MessageRow.gapKind {
      // Read already, because something behind it is. The marker stands at the last of those.
      let marked = try database.statement("SELECT sort_time, tie FROM messages WHERE id = ?").first(summary.marker) {
        Place(time: $0.int(0), tie: $0.int(1))
      }
      if place > marked ?? .start { summary.marker = row.id }
    }
    setSummary(summary, of: row.chat)
  }

  /// Looks for the newest message again.
  func renewLast(of chat: Int64) throws(SQLiteError) {
    var summary = try summary(of: chat)
    summary.last = 0
    summary.lastPlace = .start
    summary.lastTime = 0
    summary.lastNick = ""
    summary.lastText = ""
    try database.statement(
      """
      SELECT id, sort_time, tie, time, nick, text FROM messages INDEXED BY messages_by_place
      WHERE chat = ? AND kind < 4 AND state <> 2 ORDER BY sort_time DESC, tie DESC, id DESC LIMIT 1
      """
    ).eachRow(chat) {
      summary.last = $0.int(0)
      summary.lastPlace = Place(time: $0.int(1), tie: $0.int(2))
      summary.lastTime = $0.int(3)
      summary.lastNick = $0.text(4)
      summary.lastText = ChatSummary.excerpt($0.text(5))
      return true
    }
    setSummary(summary, of: chat)
  }

  /// Counts what is unread, from the index alone, and looks for the row the marker stands at.
  func renewMarker(of chat: Int64) throws(SQLiteError) {
    var summary = try summary(of: chat)
    let place = summary.markerPlace
    try database.statement(
      """
      SELECT count(*), sum(is_mention) FROM messages INDEXED BY messages_by_place
      WHERE chat = ? AND kind < 4 AND is_own = 0 AND (sort_time, tie) > (?, ?)
      """
    ).eachRow(chat, place.time, place.tie) {
      summary.unread = $0.int(0)
      summary.mentions = $0.int(1)
      return true
    }
    summary.marker = try lastRow(in: chat, upTo: place)?.id ?? 0
    setSummary(summary, of: chat)
  }

  /// The last row that is no gap, and that the server has, up to a place.
  func lastRow(in chat: Int64, upTo place: Place) throws(SQLiteError) -> (id: Int64, place: Place)? {
    try database.statement(
      """
      SELECT id, sort_time, tie FROM messages INDEXED BY messages_by_place
      WHERE chat = ? AND (sort_time, tie) <= (?, ?) AND sort_time < ? AND kind <> 32
      ORDER BY sort_time DESC, tie DESC, id DESC LIMIT 1
      """
    ).first(chat, place.time, place.tie, Place.firstWaitingTime) {
      (id: $0.int(0), place: Place(time: $0.int(1), tie: $0.int(2)))
    }
  }
}
