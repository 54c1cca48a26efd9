extension MessageRow {
  /// PARLEY_GAP.
  static let gapKind: Int64 = 32

  /// PARLEY_TEXT, PARLEY_NOTICE, PARLEY_ACTION: somebody said it. (In SQL: `kind < 4`, as the partial index has it.)
  static func isSaid(_ kind: Int64) -> Bool { kind < 4 }

  /// Whether its words are in the full-text index.
  var isIndexed: Bool { Self.isSaid(kind) && !text.isEmpty }
}
