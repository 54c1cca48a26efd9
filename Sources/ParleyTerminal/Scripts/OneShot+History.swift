import CParley
import ParleyTerminalKit

/// `parley tail` and `parley history`.
extension OneShot {
  /// How often the server is asked for what is missing.
  private static let mostFetches = 500

  func tail(_ room: String, follow: Bool) throws(Ending) -> ExitStatus {
    let place = try self.place(room)
    // Whoever wants those to come needs the server.
    if follow, let problem = place.problem { throw problem }
    let rows = try read(place, since: nil, limit: setup.options.limit ?? 10)
    for row in rows where row.kind != .gap && row.state != .gone { tell(row, in: place.chat) }
    guard follow else { return try end(place) }
    // What was read at the beginning may come as an event as well.
    let told = Set(rows.map(\.id))
    while true {
      for row in arrived where row.chat == place.chat.id && !told.contains(row.id) { tell(row, in: place.chat) }
      arrived = []
      guard let event = try errand.next(until: Clock.now() + 3_600_000) else { continue }
      switch event.kind {
      case .message, .queued: arrived = event.row.map { [$0] } ?? []
      case .identity: try tellConnection(event)
      case .overrun: Output.diagnosis("Too much came at once: parley history tells what is missing here")
      default: break
      }
    }
  }

  private func tellConnection(_ event: Event) throws(Ending) {
    guard let identity = event.identityOf else { return }
    switch identity.state {
    case .waiting: Output.diagnosis("\(identity.host): no connection, and trying again: \(identity.explanation)")
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
    let limit = setup.options.limit ?? (since == nil ? 100 : 100_000)
    for row in try read(place, since: moment, limit: limit) where row.state != .gone { tell(row, in: place.chat) }
    return try end(place)
  }

  // MARK: Where it is read

  private struct Place {
    var chat: Chat
    /// Why the server could not be asked: then it is what is on this computer.
    var problem: Ending?
  }

  private func place(_ room: String) throws(Ending) -> Place {
    do throws(Ending) {
      let (_, id) = try enter(room)
      guard let chat = engine.chat(id) else { throw Ending(.undelivered, "\(room): there is no such room") }
      try settle(id)
      return Place(chat: chat)
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

  /// The newest rows, or those since a moment; what is missing between them is fetched.
  private func read(_ place: Place, since: Int64?, limit: Int) throws(Ending) -> [Row] {
    var rows: [Row] = []
    var anchor: Int64 = 0
    var fetches = place.problem == nil ? Self.mostFetches : 0
    while rows.count < limit {
      let page: [Row]
      do { page = try engine.history(place.chat.id, anchor: anchor, before: 200) } catch {
        throw Ending(.unreachable, "\(place.chat.name): \(error.text)")
      }
      let older = page.filter { $0.id != anchor }.reversed()
      if older.isEmpty { break }
      for row in older {
        if row.kind == .gap, row.state != .failed, fetches > 0 {
          fetches = try fetch(row) ? fetches - 1 : 0
          break
        }
        if let since, row.kind != .gap, row.time < since { return rows.reversed() }
        rows.append(row)
        anchor = row.id
        if rows.count == limit { break }
      }
    }
    return rows.reversed()
  }

  private func fetch(_ gap: Row) throws(Ending) -> Bool {
    guard let request = try? engine.backfill(gap.id) else { return false }
    return try finish(request)?.result == Int32(PARLEY_OK)
  }
}
