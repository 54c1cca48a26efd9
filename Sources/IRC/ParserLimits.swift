/// How long a line and its tags may be (IRCv3 message-tags, "Size limit"; RFC 1459, section 2.3).
public struct ParserLimits: Hashable, Sendable {
  /// The most bytes of tags, with the leading `@` and the space that ends them.
  public var tagBytes: Int

  /// The most tags.
  public var maximumTags: Int

  /// The most bytes of everything but the tags, with the CR LF that the parser never sees: 512 leaves 510 of content.
  public var lineBytes: Int

  /// The most parameters. The last one takes all that is left of the line (RFC 2812, section 2.3.1).
  public var maximumParameters: Int

  /// Whether bytes that are not UTF-8 are replaced by U+FFFD, and a tag's value with such bytes dropped, instead of the
  /// line being refused.
  public var repairsUTF8: Bool

  /// - Parameters: as the properties of the same names.
  public init(
    tagBytes: Int, lineBytes: Int, maximumTags: Int = .max, maximumParameters: Int = 15, repairsUTF8: Bool = false
  ) {
    self.tagBytes = tagBytes
    self.maximumTags = maximumTags
    self.lineBytes = lineBytes
    self.maximumParameters = maximumParameters
    self.repairsUTF8 = repairsUTF8
  }

  /// What a server takes from a client: 4096 bytes of tags, 512 of the rest, 64 tags, 15 parameters, UTF-8 only. Each tag takes much
  /// more memory than its bytes, so that thousands of short ones would multiply the size of a line.
  public static let server = ParserLimits(tagBytes: 4096, lineBytes: 512, maximumTags: 64)

  /// What a client takes from a server: 8191 bytes of tags and, as servers are not all exact, 16 KiB of the rest in any
  /// number of parameters and any encoding.
  public static let client = ParserLimits(
    tagBytes: 8191, lineBytes: 16_384, maximumParameters: .max, repairsUTF8: true)

  /// No limits, for lines that are known to be harmless.
  public static let unlimited = ParserLimits(tagBytes: .max, lineBytes: .max, maximumParameters: .max)

  /// The most bytes of content of a whole line with its tags, which is the limit to give to a `LineFramer`.
  public var contentBytes: Int {
    let (sum, isOverflowing) = max(0, tagBytes).addingReportingOverflow(restBytes)
    return isOverflowing ? .max : sum
  }

  /// `lineBytes` without CR LF.
  var restBytes: Int { lineBytes > 2 ? lineBytes - 2 : 0 }
}
