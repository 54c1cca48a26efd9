package import IRC
package import ParleyCore

extension InboundLine {
  /// Frames and parses what a client has sent, and appends its complete lines.
  package static func collect(
    _ bytes: UnsafeRawBufferPointer, with framer: inout LineFramer, into lines: inout [InboundLine]
  ) {
    framer.consume(bytes) { frame in
      switch frame {
      case .line(let line): lines.append(InboundLine(line))
      case .tooLong(let beginning): lines.append(.tooLong(label: label(in: beginning)))
      }
    }
  }

  private init(_ line: UnsafeBufferPointer<UInt8>) {
    do throws(ParseError) {
      self = .message(try Message(parsing: line, limits: .server))
    } catch {
      switch error {
      case .tagsTooLong, .tooManyTags, .lineTooLong: self = .tooLong(label: Self.label(in: line))
      case .invalidUTF8: self = .invalidUTF8(command: Self.command(in: line), label: Self.label(in: line))
      case .invalidCommand: self = .invalidCommand(label: Self.label(in: line))
      case .forbiddenByte: self = .forbiddenByte(command: Self.command(in: line), label: Self.label(in: line))
      case .empty, .noCommand: self = .malformed
      }
    }
  }

  /// The label of a line that cannot be parsed, whatever its other tags are; nil: none, or it cannot be read itself.
  private static func label(in line: UnsafeBufferPointer<UInt8>) -> String? {
    guard line.first == UInt8(ascii: "@"), let end = line.firstIndex(of: UInt8(ascii: " ")) else { return nil }
    // The last of several counts, as in lines that can be parsed.
    let tag = line[1..<end].split(separator: UInt8(ascii: ";")).last {
      $0.prefix { $0 != UInt8(ascii: "=") }.elementsEqual("label".utf8)
    }
    guard let tag else { return nil }
    let alone = Array("@".utf8) + tag + Array(" PING".utf8)
    return alone.withUnsafeBufferPointer { try? Message(parsing: $0, limits: .server) }?[tag: "label"]
  }

  /// The command of a line that cannot be parsed, in capitals; empty if there is none.
  private static func command(in line: UnsafeBufferPointer<UInt8>) -> String {
    let space = UInt8(ascii: " ")
    var words = line.split(separator: space)[...]
    if words.first?.first == UInt8(ascii: "@") { words.removeFirst() }
    if words.first?.first == UInt8(ascii: ":") { words.removeFirst() }
    guard let word = words.first, word.count <= 32, word.allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) }) else {
      return ""
    }
    return String(decoding: word.map { $0 & 0xDF }, as: UTF8.self)
  }
}
