import IRC

/// The 400-byte pieces in which SASL messages travel (IRCv3 sasl-3.1, "The AUTHENTICATE Command").
struct SASLChunks {
  static let size = 400
  /// No message of a server that means well is longer, in Base64.
  static let maximum = 16_384

  private var collected = ""

  enum Step: Equatable {
    case incomplete
    case complete([UInt8])
    case invalid
  }

  /// Takes the parameter of one AUTHENTICATE line. `+` is an empty piece; a full one is followed by another.
  mutating func take(_ piece: String) -> Step {
    if piece != "+" { collected += piece }
    guard piece.utf8.count <= Self.size, collected.utf8.count <= Self.maximum else {
      collected = ""
      return .invalid
    }
    if piece.utf8.count == Self.size { return .incomplete }
    let text = collected
    collected = ""
    return Base64.decode(text).map(Step.complete) ?? .invalid
  }

  /// The parameters of the AUTHENTICATE lines of one message.
  static func pieces(_ bytes: [UInt8]) -> [String] {
    var rest = Base64.encode(bytes)[...]
    var pieces: [String] = []
    while !rest.isEmpty {
      pieces.append(String(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    // A message that fills its last piece ends with an empty one.
    if pieces.last.map({ $0.utf8.count == size }) ?? true { pieces.append("+") }
    return pieces
  }
}
