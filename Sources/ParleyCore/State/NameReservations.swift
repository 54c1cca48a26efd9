import IRC
import ParleyStore

/// Names of rooms that were registered and are free now: kept for their founders for a time, because others trust them.
struct NameReservations {
  /// Seconds.
  static let lifetime: Int64 = 30 * 86_400
  /// Names kept for one account; beyond, the one that ends first is free.
  static let limit = 20

  private var book = NameBook<NameReservation>()

  init(_ records: [NameReservation] = []) {
    for record in records { book[FoldedName(record.name)] = record }
  }

  subscript(name: String) -> NameReservation? { book[FoldedName(name)] }

  subscript(name: FoldedName) -> NameReservation? {
    get { book[name] }
    set { book[name] = newValue }
  }

  /// The reservation of a name, or of one that looks like it.
  func inTheWay(of name: String, at now: Timestamp) -> NameReservation? {
    ([self[name]].compactMap { $0 } + book.lookalikes(of: name)).first { $0.until > now }
  }

  /// - Returns: what to store.
  mutating func add(_ record: NameReservation) -> [Change] {
    // It is reserved for nobody already, and the store would not replace it.
    if self[record.name]?.isDamaged ?? false { return [] }
    var changes: [Change] = []
    if let account = record.account, self[record.name] == nil {
      let own = book.values.filter { $0.account == account }
      if own.count >= Self.limit, let first = own.min(by: { $0.until < $1.until }) {
        book[FoldedName(first.name)] = nil
        changes.append(.removeReservation(name: first.name))
      }
    }
    book[FoldedName(record.name)] = record
    return changes + [.putReservation(record)]
  }

  /// - Returns: what to store.
  mutating func remove(_ name: String) -> [Change] {
    guard let record = self[name] else { return [] }
    book[FoldedName(name)] = nil
    return [.removeReservation(name: record.name)]
  }

  /// A damaged one stays as it is: no clock has set its end.
  ///
  /// - Returns: what was kept for longer, as it was.
  mutating func limit(to last: Timestamp) -> [NameReservation] {
    let tooLong = book.values.filter { $0.until > last && !$0.isDamaged }.sorted { $0.name < $1.name }
    for record in tooLong { setEnd(last, of: record.name) }
    return tooLong
  }

  mutating func setEnd(_ until: Timestamp, of name: String) { book[FoldedName(name)]?.until = until }

  /// The account is gone: what was kept for it is kept for nobody. The store does the same when it deletes the account.
  mutating func forget(_ account: AccountID) {
    for var record in Array(book.values) where record.account == account {
      record.account = nil
      book[FoldedName(record.name)] = record
    }
  }

  /// - Returns: what to store.
  mutating func expire(at now: Timestamp) -> [Change] {
    book.values.filter { $0.until <= now }.sorted { $0.name < $1.name }.flatMap { remove($0.name) }
  }
}

extension NameReservation: Named {}

extension Core {
  /// Why somebody may not give a name to a room, in words, because it is kept for somebody else; nil: they may.
  func reservationObstacle(_ name: String, for user: User) -> String? {
    guard let kept = reservations.inTheWay(of: name, at: certainTime), !user.isOperator else { return nil }
    if let account = user.account, kept.account == account.id { return nil }
    let isSame = FoldedName(kept.name) == FoldedName(name)
    let which = isSame ? "This name" : "\(kept.name), which looks like this name,"
    if kept.isDamaged { return "\(which) is kept for the founder of a room, and the data about it are damaged" }
    return "\(which) is kept for the founder of a room until \(kept.until.iso8601.prefix(10))"
  }

  /// Keeps the name of a room that is not registered under it any more.
  /// - Parameter founder: nil: nobody but server operators may use it.
  /// - Returns: what to store. `RoomChange` takes it back.
  func reserve(_ name: String, for founder: AccountID?) -> [Change] {
    reservations.add(
      NameReservation(
        name: name, account: founder, until: now.adding(milliseconds: NameReservations.lifetime * 1_000)))
  }
}
