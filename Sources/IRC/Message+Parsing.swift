extension Message {
  /// Parses one line without its CR LF.
  ///
  /// Several spaces count as one, as do spaces at either end. Of a tag given twice the last value stays; tags without a
  /// key are left out. The command is put in capitals. Takes time in proportion to the line.
  /// - Throws: `ParseError`, for any bytes; never traps.
  public init(parsing line: UnsafeBufferPointer<UInt8>, limits: ParserLimits = .server) throws(ParseError) {
    var parser = MessageParser(line, limits)
    self = try parser.parse()
  }

  /// Parses one line without its CR LF; see `init(parsing:limits:)` for a buffer.
  public init(parsing line: [UInt8], limits: ParserLimits = .server) throws(ParseError) {
    self = try line.withUnsafeBufferPointer { buffer throws(ParseError) in
      try Message(parsing: buffer, limits: limits)
    }
  }

  /// Parses one line without its CR LF; see `init(parsing:limits:)` for a buffer.
  public init(parsing line: String, limits: ParserLimits = .server) throws(ParseError) {
    try self.init(parsing: Array(line.utf8), limits: limits)
  }
}
