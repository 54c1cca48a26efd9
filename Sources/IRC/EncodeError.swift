/// Why a message cannot be written as one line that parses to the same message.
public enum EncodeError: Error, Hashable, Sendable {
  /// A tag whose key breaks `[+][vendor/]name`.
  case invalidTagKey(String)
  /// NUL in the value of the tag with this key. (CR and LF have escapes.)
  case invalidTagValue(key: String)
  /// A source that is empty or has NUL, CR, LF or a space.
  case invalidSource
  /// A command that is neither letters only nor three digits.
  case invalidCommand
  /// A parameter, counted from 0, with NUL, CR or LF; or one before the last that is empty, has a space or begins
  /// with `:`.
  case invalidParameter(Int)
}
