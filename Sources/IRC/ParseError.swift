/// Why a line is not a message.
public enum ParseError: Error, Hashable, Sendable {
  /// Nothing but spaces.
  case empty
  /// Tags or a source, but no command.
  case noCommand
  /// A command that is neither letters only nor exactly three digits (RFC 1459, section 2.3.1).
  case invalidCommand
  /// Bytes that are not UTF-8 (IRCv3 utf8-only; a server answers `FAIL * INVALID_UTF8`).
  case invalidUTF8
  /// NUL, CR or LF within the line.
  case forbiddenByte
  /// More bytes of tags than allowed (a server answers 417; IRCv3 message-tags, "Size limit").
  case tagsTooLong
  /// More tags than allowed (a server answers 417).
  case tooManyTags
  /// More bytes beside the tags than allowed (a server answers 417).
  case lineTooLong
}
