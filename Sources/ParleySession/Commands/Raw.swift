import IRC

extension ClientSession {
  /// 4,096 bytes of tags and 510 of the rest.
  private static let maximumRaw = 4_606

  func sendRaw(_ line: String, _ tag: UInt64) {
    guard !line.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }),
      let message = try? Message(parsing: line, limits: .unlimited)
    else { return finish(tag, .refused(code: "INVALID", reason: "Not a line of IRC")) }
    guard line.utf8.count <= Self.maximumRaw, output.count <= Self.maximumUnsent else {
      return finish(tag, .refused(code: Numeric.inputTooLong.text, reason: "The line is too long"))
    }
    output.append(utf8: line)
    output.append(contentsOf: [13, 10])
    if wantsRawLines, !Self.isSecret(message) { events.append(.line(line, isOutgoing: true)) }
    finish(tag, .done)
  }
}
