/// Names that people take for the server's own voice, with any letter case, separators, digits for letters, and words around them.
public enum ServiceNames {
  /// What services of IRC networks are called before "serv"; no nick may contain one of them.
  private static let services = [
    "nick", "chan", "memo", "oper", "host", "bot", "help", "info", "stat", "sasl", "auth", "user", "hist", "game",
    "group",
  ].map(plain)
  private static let ending = plain("serv")

  /// No nick may be one of these.
  private static let words = ["global", "services", "server"].map(plain)

  /// - Parameter server: the server's name; empty: it has none.
  public static func isReserved(_ nick: String, server: String) -> Bool {
    let server = plain(server)
    return readings(nick).contains { reading in
      !reading.isEmpty && (words.contains(reading) || reading == server || containsService(reading))
    }
  }

  private static func containsService(_ reading: [UInt8]) -> Bool {
    // Few names have the letter at all.
    guard let last = ending.last, reading.contains(last) else { return false }
    return reading.indices.contains { end in
      reading[end] == last && reading[...end].ends(with: ending)
        && services.contains { reading[...end].dropLast(ending.count).ends(with: $0) }
    }
  }

  /// A vertical bar is a separator or a letter, and a number behind a name makes no other name of it.
  private static func readings(_ nick: String) -> [[UInt8]] {
    var readings = [plain(nick)]
    if nick.utf8.contains(UInt8(ascii: "|")) { readings.append(plain(String(nick.map { $0 == "|" ? "l" : $0 }))) }
    if let last = nick.utf8.last, !ASCII.isLetter(ASCII.lowercased(last)) {
      readings.append(plain(String(nick[...(nick.lastIndex(where: \.isLetter) ?? nick.startIndex)])))
    }
    return readings
  }

  /// Letters only, and the same letter for all that look alike here.
  private static func plain(_ text: String) -> [UInt8] {
    var out: [UInt8] = []
    for byte in text.utf8 {
      let lower = ASCII.lowercased(byte)
      switch lower {
      case UInt8(ascii: "0"): out.append(UInt8(ascii: "o"))
      case UInt8(ascii: "1"), UInt8(ascii: "i"): out.append(UInt8(ascii: "l"))
      case UInt8(ascii: "3"): out.append(UInt8(ascii: "e"))
      case UInt8(ascii: "4"): out.append(UInt8(ascii: "a"))
      case UInt8(ascii: "5"): out.append(UInt8(ascii: "s"))
      case UInt8(ascii: "7"): out.append(UInt8(ascii: "t"))
      case UInt8(ascii: "n") where out.last == UInt8(ascii: "r"):
        out.removeLast()
        out.append(UInt8(ascii: "m"))
      default: if ASCII.isLetter(lower) { out.append(lower) }
      }
    }
    return out
  }
}

extension Collection<UInt8> where Self: BidirectionalCollection {
  fileprivate func ends(with other: [UInt8]) -> Bool { reversed().starts(with: other.reversed()) }
}
