public import IRC
public import SQLite

extension Cache {
  /// Everything up to a message is read.
  ///
  /// A message that the server does not have (yet) stands for the newest it has.
  ///
  /// - Returns: whether the marker moved; it never moves back.
  @discardableResult
  public func setMarker(chat: Int64, message: Int64) throws(SQLiteError) -> Bool {
    try requireTransaction()
    guard let marked = try placed(message), marked.row.chat == chat else { return false }
    guard let last = try lastRow(in: chat, upTo: marked.place) else { return false }
    return try moveMarker(of: chat, to: last.place)
  }

  /// Everything up to a time, by the server's clock, is read, also what is not here yet.
  ///
  /// - Returns: whether the marker moved; it never moves back.
  @discardableResult
  public func setMarker(chat: Int64, upTo time: Timestamp) throws(SQLiteError) -> Bool {
    try requireTransaction()
    return try moveMarker(of: chat, to: .end(of: time))
  }

  private func moveMarker(of chat: Int64, to place: Place) throws(SQLiteError) -> Bool {
    var summary = try summary(of: chat)
    guard place > summary.markerPlace else { return false }
    summary.markerPlace = place
    setSummary(summary, of: chat)
    try renewMarker(of: chat)
    return true
  }
}
