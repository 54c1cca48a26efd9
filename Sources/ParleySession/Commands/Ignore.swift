import IRC

extension ClientSession {
  /// Says whom the server is not to let through to us in private.
  func ignore(_ who: String, isIgnored: Bool, _ tag: UInt64) {
    guard supports(.ignoring) else { return finish(tag, .unsupported) }
    guard let first = who.first, !"+-:".contains(first), who.utf8.count <= 200,
      !who.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: ",") })
    else { return finish(tag, .refused(code: Numeric.noSuchNick.text, reason: "Not a nick or a mask")) }
    let isMask = who.utf8.contains { $0 == UInt8(ascii: "!") || $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: ":") }
    let mask = isMask ? who : who + IgnoredAsking.everywhere
    // Nothing need come of what is so already.
    ask(
      Message(command: "SILENCE", parameters: [(isIgnored ? "+" : "-") + mask]), tag: tag, needsBarrier: true,
      IgnoreAsking(mask: mask))
  }

  func listIgnored(_ tag: UInt64) {
    guard supports(.ignoring) else { return finish(tag, .unsupported) }
    ask(Message(command: "SILENCE"), tag: tag, IgnoredAsking())
  }
}

struct IgnoreAsking: Asking {
  let command = "SILENCE"
  let mask: String
  var names: [String] { [mask] }

  func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    guard line.message.command == command, line.isFromOwnNick,
      isCertain || session.fold(String(line.parameter(0).dropFirst())).hasPrefix(session.fold(mask))
    else { return nil }
    return .finished(.done)
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? { .done }
}

/// SILENCE without a mask: the list, until its end.
struct IgnoredAsking: Asking {
  /// What a nick is as a mask.
  static let everywhere = "!*@*"
  private static let maximum = 1_000

  let command = "SILENCE"
  private var masks: [String] = []

  mutating func read(_ line: Incoming, _ session: ClientSession, isCertain: Bool) -> Reading? {
    switch line.message.command {
    case Numeric.sileList.text:
      // 271 <client> [<client>] <mask> [<flags>]
      let parameters = line.message.parameters.dropFirst()
      guard masks.count < Self.maximum, let mask = parameters.first(where: { $0.contains("!") || $0.contains(":") })
      else { return .part }
      masks.append(mask.hasSuffix(Self.everywhere) ? String(mask.dropLast(Self.everywhere.count)) : mask)
      return .part
    case Numeric.endOfSileList.text: return .finished(.masks(masks), isHidden: true)
    default: return nil
    }
  }

  func completed(_ session: ClientSession, isLabeled: Bool) -> Outcome? { .masks(masks) }
}
