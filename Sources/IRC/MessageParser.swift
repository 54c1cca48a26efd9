/// Reads a line from left to right.
struct MessageParser {
  private let bytes: UnsafeBufferPointer<UInt8>
  private let limits: ParserLimits
  private var position = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>, _ limits: ParserLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  mutating func parse() throws(ParseError) -> Message {
    skipSpaces()
    guard position < bytes.count else { throw .empty }
    let tagBytes = bytes[position] == UInt8(ascii: "@") ? word() : position..<position
    // The space that ends the tags belongs to them.
    let tagLength = tagBytes.isEmpty ? 0 : tagBytes.count + (position < bytes.count ? 1 : 0)
    guard tagLength <= limits.tagBytes else { throw .tagsTooLong }
    guard bytes.count - tagLength <= limits.restBytes else { throw .lineTooLong }
    guard !bytes.contains(where: ASCII.isForbidden) else { throw .forbiddenByte }

    let tags = tagBytes.isEmpty ? [] : try tags(tagBytes.dropFirst())
    skipSpaces()
    let source = try source()
    skipSpaces()
    let command = try command()
    return Message(tags: tags, source: source, command: command, parameters: try parameters())
  }

  // MARK: Tags

  private func tags(_ range: Range<Int>) throws(ParseError) -> [Tag] {
    var list = TagList()
    var start = range.lowerBound
    while start < range.upperBound {
      var end = start
      var equals: Int?
      while end < range.upperBound, bytes[end] != UInt8(ascii: ";") {
        if equals == nil, bytes[end] == UInt8(ascii: "=") { equals = end }
        end += 1
      }
      let key = start..<(equals ?? end)
      let value = equals.map { ($0 + 1)..<end } ?? end..<end
      // A key of no characters is no key, but "MUST NOT … reject the message" (message-tags, "Format").
      if !key.isEmpty { list.set(try text(key), try tagValue(value)) }
      guard list.tags.count <= limits.maximumTags else { throw .tooManyTags }
      start = end + 1
    }
    return list.tags
  }

  private func tagValue(_ range: Range<Int>) throws(ParseError) -> String {
    if range.isEmpty { return "" }
    if let value = TagEscape.unescape(slice(range)) { return value }
    // "MAY drop the value entirely but SHOULD NOT substitute replacement bytes" (message-tags, "Format").
    guard limits.repairsUTF8 else { throw .invalidUTF8 }
    return ""
  }

  // MARK: Source, command, parameters

  private mutating func source() throws(ParseError) -> String? {
    guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else { return nil }
    position += 1
    let range = word()
    return range.isEmpty ? nil : try text(range)
  }

  private mutating func command() throws(ParseError) -> String {
    let range = word()
    guard !range.isEmpty else { throw .noCommand }
    let name = slice(range)
    guard ASCII.isCommand(name) else { throw .invalidCommand }
    return String(unsafeUninitializedCapacity: name.count) { buffer in
      for (offset, byte) in name.enumerated() { buffer[offset] = ASCII.uppercased(byte) }
      return name.count
    }
  }

  private mutating func parameters() throws(ParseError) -> [String] {
    var parameters: [String] = []
    while true {
      skipSpaces()
      guard position < bytes.count, parameters.count < limits.maximumParameters else { return parameters }
      if bytes[position] == UInt8(ascii: ":") {
        parameters.append(try text((position + 1)..<bytes.count))
        return parameters
      }
      if parameters.count == limits.maximumParameters - 1 {
        var end = bytes.count
        while end > position, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
        parameters.append(try text(position..<end))
        return parameters
      }
      parameters.append(try text(word()))
    }
  }

  // MARK: Bytes

  private mutating func skipSpaces() {
    while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
  }

  /// All up to the next space or the end.
  private mutating func word() -> Range<Int> {
    let start = position
    while position < bytes.count, bytes[position] != UInt8(ascii: " ") { position += 1 }
    return start..<position
  }

  private func slice(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: bytes[range]) }

  private func text(_ range: Range<Int>) throws(ParseError) -> String {
    if let text = String(validating: slice(range), as: UTF8.self) { return text }
    guard limits.repairsUTF8 else { throw .invalidUTF8 }
    return String(decoding: slice(range), as: UTF8.self)
  }
}
