extension Message {
  /// Appends the line with its CR LF.
  ///
  /// Always one line of the grammar, whatever the parts are: NUL, CR and LF become spaces, and a parameter before the
  /// last that is empty, has a space or begins with `:` is written as `*`. Content that must arrive unchanged needs
  /// `validate()` first. Lengths are not limited here.
  public func encode(into buffer: inout [UInt8]) {
    encodeLine(into: &buffer)
    buffer.append(UInt8(ascii: "\r"))
    buffer.append(UInt8(ascii: "\n"))
  }

  /// The line without CR LF, as `encode(into:)` writes it.
  public var wire: String {
    var bytes: [UInt8] = []
    encodeLine(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The message with so much less of its last parameter that its line, tags apart, has at most 512 bytes with CR LF (RFC 1459,
  /// section 2.3). What comes before that parameter stays, however long it is.
  public func fitted() -> Message {
    guard let last = parameters.last else { return self }
    var bare = self
    bare.tags = []
    let excess = bare.wire.utf8.count + 2 - 512
    guard excess > 0 else { return self }
    var message = self
    message.parameters[parameters.count - 1] = TextLimit.truncate(last, toBytes: max(0, last.utf8.count - excess))
    return message
  }

  /// Checks that the line will parse to this message again.
  /// - Throws: the first `EncodeError` in the order of the line. Lengths are not checked.
  public func validate() throws(EncodeError) {
    for tag in tags {
      guard tag.hasValidKey else { throw .invalidTagKey(tag.key) }
      guard !tag.value.utf8.contains(0) else { throw .invalidTagValue(key: tag.key) }
    }
    if let source, source.isEmpty || source.containsByte(where: { $0 == 0x20 || ASCII.isForbidden($0) }) {
      throw .invalidSource
    }
    guard ASCII.isCommand(command.utf8) else { throw .invalidCommand }
    for (position, parameter) in parameters.enumerated() {
      let isLast = position == parameters.count - 1
      guard !parameter.containsByte(where: ASCII.isForbidden), isLast || !Self.needsColon(parameter) else {
        throw .invalidParameter(position)
      }
    }
  }

  private func encodeLine(into buffer: inout [UInt8]) {
    let start = buffer.count
    if !tags.isEmpty { encodeTags(into: &buffer) }
    if let source, !source.isEmpty {
      buffer.append(UInt8(ascii: ":"))
      buffer.append(utf8: source)
      buffer.append(UInt8(ascii: " "))
    }
    buffer.append(utf8: command)
    for (position, parameter) in parameters.enumerated() {
      buffer.append(UInt8(ascii: " "))
      if !Self.needsColon(parameter) {
        buffer.append(utf8: parameter)
      } else if position == parameters.count - 1 {
        buffer.append(UInt8(ascii: ":"))
        buffer.append(utf8: parameter)
      } else {
        buffer.append(UInt8(ascii: "*"))
      }
    }
    Self.replaceForbidden(in: &buffer, from: start)
  }

  private func encodeTags(into buffer: inout [UInt8]) {
    buffer.append(UInt8(ascii: "@"))
    for (position, tag) in tags.enumerated() {
      if position > 0 { buffer.append(UInt8(ascii: ";")) }
      buffer.append(utf8: tag.key)
      if !tag.value.isEmpty {
        buffer.append(UInt8(ascii: "="))
        TagEscape.append(tag.value, to: &buffer)
      }
    }
    buffer.append(UInt8(ascii: " "))
  }

  /// Empty, begins with `:`, or has a space or what is written as one.
  private static func needsColon(_ parameter: String) -> Bool {
    guard let first = parameter.utf8.first else { return true }
    return first == UInt8(ascii: ":") || parameter.containsByte { $0 == 0x20 || ASCII.isForbidden($0) }
  }

  /// A line break inside a line would be a second message in somebody's name.
  private static func replaceForbidden(in buffer: inout [UInt8], from start: Int) {
    for position in start..<buffer.count where ASCII.isForbidden(buffer[position]) { buffer[position] = 0x20 }
  }
}
