import CParley
import ParleyTerminalKit

/// `parley tail` and `parley history`.
extension OneShot {
  /// How often the server is asked for what is missing.
  private static let mostFetches = 500
  private static let mostRows = 100_000

  func tail(_ room: String, follow: Bool) throws(Ending) -> ExitStatus {
    let place = try self.place(room)
    // Messages that are still to come need the server.
    if follow, let problem = place.problem { throw problem }
    let isFromPlace = setup.options.after != nil
    // Rows that came since the room was entered are told as well, in their order.
    let news = follow ? engine.arrivals(place.chat.id, after: place.newest).count : 0
    let limit = (setup.options.limit ?? (isFromPlace ? Self.mostRows : 10)) + news
    let rows = try read(place, since: nil, limit: limit)
    for row in rows where row.kind != .gap && row.state != .gone { tell(row, in: place.chat) }
    guard follow else { return try end(place) }
    return try goOn(place.chat, after: rows)
  }

  /// Tells of what is said until the command is told to end, or its output is not read any more.
  private func goOn(_ chat: Chat, after rows: [Row]) throws(Ending) -> ExitStatus {
    // Rows that were read at the beginning, and older ones, come as events as well.
    let newest = rows.map(\.id).max() ?? 0
    var told = ToldRows()
    for row in rows { told.note(row) }
    while !output.isBroken {
      for (row, hasChanged) in arrived where row.chat == chat.id {
        if hasChanged ? told.isNews(row, isJSON: isJSON) : row.id > newest {
          tell(row, in: chat, hasChanged: hasChanged)
        }
        told.note(row)
      }
      arrived = []
      guard let event = try errand.next(until: Clock.now() + 3_600_000) else {
        if errand.access.isInterrupted { return .done }
        continue
      }
      note(event)
      switch event.kind {
      case .identity: try tellConnection(event)
      case .overrun: output.diagnosis("Too much came at once: parley history tells what is missing here")
      default: break
      }
    }
    return .done
  }

  private func tellConnection(_ event: Event) throws(Ending) {
    guard let identity = event.identityOf else { return }
    switch identity.state {
    case .waiting: output.diagnosis("\(identity.host): no connection, and trying again: \(identity.explanation)")
    case .stopped: throw Errand.ending(stopped: identity)
    default: break
    }
  }

  func history(_ room: String, since: String?) throws(Ending) -> ExitStatus {
    var moment: Int64?
    if let since {
      guard let parsed = Since.moment(since, now: Clock.now(), clock: .local) else {
        throw Ending(.usage, "--since: '\(since)' is no time; try 2026-01-31, \"2026-01-31 09:30\", 09:30 or 2h")
      }
      moment = parsed
    }
    let place = try self.place(room)
    let isFromPlace = since != nil || setup.options.after != nil
    let limit = setup.options.limit ?? (isFromPlace ? Self.mostRows : 100)
    for row in try read(place, since: moment, limit: limit) where row.state != .gone { tell(row, in: place.chat) }
    return try end(place)
  }

  // MARK: Where it is read

  private struct Place {
    var chat: Chat
    /// The row with the highest number when the room was entered.
    var newest: Int64 = 0
    /// Why the server could not be asked: then it is what is on this computer.
    var problem: Ending?
  }

  private func place(_ room: String) throws(Ending) -> Place {
    do throws(Ending) {
      let (_, id) = try enter(room)
      guard let chat = engine.chat(id) else { throw Ending(.undelivered, "\(room): there is no such room") }
      let newest = (try? engine.history(id, before: 200))?.map(\.id).max() ?? 0
      try settle(id)
      return Place(chat: chat, newest: newest)
    } catch {
      // Without the server there is still what was said before.
      let name = room.lowercased()
      guard error.status != .usage, let chat = engine.chats().first(where: { $0.name.lowercased() == name }) else {
        throw error
      }
      return Place(chat: chat, problem: error)
    }
  }

  private func end(_ place: Place) throws(Ending) -> ExitStatus {
    if let problem = place.problem { throw problem }
    return .done
  }

  // MARK: Reading backwards

  /// The newest rows, or those since a moment, or behind the message of --after; what is missing between them is fetched.
  private func read(_ place: Place, since: Int64?, limit: Int) throws(Ending) -> [Row] {
    var rows: [Row] = []
    var anchor: Int64 = 0
    var fetches = place.problem == nil ? Self.mostFetches : 0
    // The rows behind a message are counted from it on, and so all are read.
    let most = setup.options.after == nil ? limit : Self.mostRows
    while rows.count < most, !errand.access.isInterrupted {
      let page: [Row]
      do { page = try engine.history(place.chat.id, anchor: anchor, before: 200) } catch {
        throw Ending(.unreachable, "\(place.chat.name): \(error.text)", code: error.name)
      }
      let older = page.filter { $0.id != anchor }.reversed()
      if older.isEmpty { break }
      for row in older {
        if row.kind == .gap, row.state != .failed, fetches > 0 {
          fetches = try fetch(row) ? fetches - 1 : 0
          break
        }
        if let since, row.kind != .gap, row.time < since { return rows.reversed() }
        if let after = setup.options.after, row.networkID == after { return Array(rows.reversed().prefix(limit)) }
        rows.append(row)
        anchor = row.id
        if rows.count == most { break }
      }
    }
    if let after = setup.options.after {
      throw Ending(
        .undelivered, "\(place.chat.name): there is no message \(after) among the newest \(rows.count)",
        code: "PARLEY_E_NO_SUCH")
    }
    return rows.reversed()
  }

  private func fetch(_ gap: Row) throws(Ending) -> Bool {
    guard let request = try? engine.backfill(gap.id) else { return false }
    return try finish(request)?.result == Int32(PARLEY_OK)
  }
}

/// Texts of rows as they were told, so that a change that is not shown is not told.
private struct ToldRows {
  private static let most = 20_000
  private var texts: [Int64: String] = [:]

  mutating func note(_ row: Row) {
    if texts.count >= Self.most { texts = [:] }
    texts[row.id] = Self.text(row)
  }

  /// Programs hear of every change; people of another text, and of a message that was removed or not sent.
  func isNews(_ row: Row, isJSON: Bool) -> Bool {
    if isJSON { return true }
    guard texts[row.id] != Self.text(row) else { return false }
    return row.isEdited || row.isLost || [.removed, .failed].contains(row.state)
  }

  private static func text(_ row: Row) -> String {
    "\([.removed, .failed].contains(row.state) ? "\(row.state)" : "") \(row.isLost) \(row.text)"
  }
}
