import ParleyTerminalKit

/// `/more`: older rows, from the disk as far as they are there, else from the server.
extension ChatProgram {
  private static let pageSize = 30
  /// Questions to the server for one /more, so that a history of nothing but what is not shown comes to an end.
  private static let mostFetches = 5

  func more(_ count: Int?) { more(in: current, count ?? Self.pageSize, fetches: Self.mostFetches) }

  private func more(in chat: Int64, _ count: Int, fetches: Int) {
    guard chat == current else { return }
    var rows: [Row] = []
    var anchor: Int64 = 0
    var gap: Row?
    var isBeginning = false
    // From the newest row back to what is not on the screen yet.
    while gap == nil, rows.count < count, !isBeginning {
      guard let page = try? engine.history(chat, anchor: anchor, before: 500) else { return }
      let older = page.filter { $0.id != anchor }
      isBeginning = older.isEmpty
      for row in older.reversed() {
        if row.kind == .gap, row.state != .failed {
          gap = row
          break
        }
        if shown.isOnScreen(row.id) { continue }
        rows.append(row)
        if rows.count == count { break }
      }
      anchor = older.first?.id ?? anchor
    }
    if let gap, rows.isEmpty, fetches > 0 {
      return fetch(gap, in: chat, count, fetches: fetches)
    }
    guard !rows.isEmpty else {
      remark(isBeginning ? "This is where it begins." : "There is nothing more.")
      return
    }
    screen.withLineHidden {
      screen.rule("older", .unread)
      shown.forgetDay()
      if let gap { write([gap]) }
      write(rows.reversed())
      screen.rule("now", .unread)
      shown.forgetDay()
    }
  }

  private func fetch(_ gap: Row, in chat: Int64, _ count: Int, fetches: Int) {
    request("/more", { () throws(Failure) in try engine.backfill(gap.id) }) { [unowned self] _ in
      self.more(in: chat, count, fetches: fetches - 1)
    }
  }
}
