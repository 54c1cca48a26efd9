/// Names that people take for the server's own voice, with any letter case, separators, digits for letters, and words around them.
public enum ServiceNames {
  /// Services of IRC networks; no nick may contain one of them.
  private static let services = [
    "nickserv", "chanserv", "memoserv", "operserv", "hostserv", "botserv", "helpserv", "infoserv", "statserv",
    "saslserv",
    "authserv", "userserv", "histserv", "gameserv", "groupserv",
  ].map(plain)

  /// No nick may be one of these.
  private static let words = ["global", "services", "server"].map(plain)

  /// - Parameter server: the server's name.
  public static func isReserved(_ nick: String, server: String) -> Bool {
    let readings = readings(nick)
    return readings.contains { reading in
      services.contains { reading.contains($0) } || words.contains(reading) || reading == plain(server)
    }
  }

  /// A vertical bar is a separator or a letter.
  private static func readings(_ nick: String) -> Set<String> {
    let asLetter = plain(nick.replacing("|"))
    let asSeparator = plain(nick)
    // A number behind a name makes no other name of it.
    let digits: Set<Character> = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
    var short = Substring(nick)
    while let last = short.last, digits.contains(last) || !last.isLetter { short.removeLast() }
    return [asLetter, asSeparator, plain(String(short))]
  }

  /// Letters only, and the same letter for all that look alike here.
  private static func plain(_ text: String) -> String {
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
    return String(decoding: out, as: UTF8.self)
  }
}

extension String {
  /// With the letter that a sign is read as.
  fileprivate func replacing(_ sign: Character) -> String { String(map { $0 == sign ? "l" : $0 }) }
}
