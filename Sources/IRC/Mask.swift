/// A pattern for `nick!user@host`, channel names and the like: `*` is any text, `?` any one character, and `\` takes the
/// meaning from a following `*`, `?` or `\` (modern.ircdocs.horse, "Wildcard Expressions"). ASCII letters match in either
/// case.
public struct Mask: Hashable, Sendable {
  /// The longest pattern, in bytes, that is ever matched.
  public static let maximumBytes = 1024

  /// The pattern as given.
  public let text: String

  /// `0...255`: that byte; `anyText` and `anyCharacter` beside. Runs of `*` are one.
  private let steps: [UInt16]

  private static let anyText: UInt16 = 0x100
  private static let anyCharacter: UInt16 = 0x101

  /// Takes any text. A pattern of more than `maximumBytes` bytes matches nothing.
  public init(_ pattern: String) {
    text = pattern
    steps = pattern.utf8.count <= Self.maximumBytes ? Self.compile(pattern) : []
  }

  /// Whether the patterns have the same bytes.
  public static func == (left: Mask, right: Mask) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

  /// Hashes the pattern's bytes.
  public func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
  }

  /// Whether the whole of `subject` matches. Takes at most pattern times subject steps, without recursion: only the last
  /// `*` is ever tried again.
  public func matches(_ subject: String) -> Bool {
    guard text.utf8.count <= Self.maximumBytes else { return false }
    var subject = subject
    return subject.withUTF8 { matches($0) }
  }

  private func matches(_ subject: UnsafeBufferPointer<UInt8>) -> Bool {
    var step = 0
    var position = 0
    var retry: (step: Int, position: Int)?
    while position < subject.count {
      if step < steps.count, steps[step] == Self.anyText {
        step += 1
        if step == steps.count { return true }
        retry = (step, position)
      } else if step < steps.count, steps[step] == Self.anyCharacter {
        step += 1
        position = Self.afterCharacter(position, subject)
      } else if step < steps.count, steps[step] == UInt16(ASCII.lowercased(subject[position])) {
        step += 1
        position += 1
      } else if let last = retry {
        position = Self.afterCharacter(last.position, subject)
        step = last.step
        retry = (step, position)
      } else {
        return false
      }
    }
    while step < steps.count, steps[step] == Self.anyText { step += 1 }
    return step == steps.count
  }

  /// Past the continuation bytes as well, so that `?` is one scalar and never half of one.
  private static func afterCharacter(_ position: Int, _ subject: UnsafeBufferPointer<UInt8>) -> Int {
    var next = position + 1
    while next < subject.count, subject[next] & 0xC0 == 0x80 { next += 1 }
    return next
  }

  private static func compile(_ pattern: String) -> [UInt16] {
    var steps: [UInt16] = []
    steps.reserveCapacity(pattern.utf8.count)
    var isEscaped = false
    for byte in pattern.utf8 {
      let isSpecial = byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "\\")
      if isEscaped {
        isEscaped = false
        // Nicks may have a backslash: before anything else it stands for itself.
        if !isSpecial { steps.append(UInt16(UInt8(ascii: "\\"))) }
        steps.append(UInt16(ASCII.lowercased(byte)))
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "*") {
        if steps.last != anyText { steps.append(anyText) }
      } else {
        steps.append(byte == UInt8(ascii: "?") ? anyCharacter : UInt16(ASCII.lowercased(byte)))
      }
    }
    if isEscaped { steps.append(UInt16(UInt8(ascii: "\\"))) }
    return steps
  }
}
