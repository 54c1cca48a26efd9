/// What a name looks like, in the manner of UTS 39's skeletons: two names that share a form are easily taken for each other.
///
/// The tables are reviewed ones of our own. They have letters that look the same in common fonts, letters that can also be written as
/// several (`LookalikeSequences`), digits of all scripts, and nothing that only resembles each other at a glance, such as `rn` and `m`.
public enum Lookalikes {
  /// The forms of a name: as it is written, and in capitals. `Alice` and `aIice` have one of them in common, so have `alice` and `AL1CE`;
  /// `mail` and `mall` have none. A small l among capitals looks like an I, so such a name has a third form: `ALlCE` is like `alice`.
  /// - Parameter withDigits: 0 and 1 look like O and l.
  public static func forms(_ name: String, withDigits: Bool = true) -> [String] {
    // The capital of an i, in Turkish.
    let name = String(String.UnicodeScalarView(name.unicodeScalars.map { $0.value == 0x130 ? "i" : $0 }))
    let written = skeleton(name, withDigits).lowercased()
    let capital = skeleton(capitals(name), withDigits)
    // A capital form never equals a written one.
    let forms = [written, "^" + capital]
    guard hasSmallLAmongCapitals(name) else { return forms }
    return forms + ["^" + skeleton(capitals(name, keepingL: true), withDigits)]
  }

  /// Whether two names are easily taken for each other.
  public static func areAlike(_ one: String, _ other: String) -> Bool {
    let forms = forms(one)
    return self.forms(other).contains { forms.contains($0) }
  }

  /// In a name with one capital, such as `Al`, an l is taken for what it is.
  private static func hasSmallLAmongCapitals(_ name: String) -> Bool {
    let others = name.unicodeScalars.filter { $0 != "l" && $0.properties.isCased }
    return name.unicodeScalars.contains("l") && others.count > 1
      && others.allSatisfy(\.properties.isUppercase)
  }

  private static func capitals(_ name: String, keepingL: Bool = false) -> String {
    var out = ""
    for scalar in name.unicodeScalars {
      out += keepingL && scalar == "l" ? "l" : scalar.properties.uppercaseMapping
    }
    return out
  }

  private static func skeleton(_ name: String, _ withDigits: Bool) -> String {
    var out = String.UnicodeScalarView()
    for scalar in name.unicodeScalars {
      if scalar.value < 0x80 {
        out.append(plain(scalar, withDigits))
      } else if !scalar.properties.isDefaultIgnorableCodePoint, !isUnseen(scalar, behind: out) {
        append(scalar, to: &out)
      }
    }
    return String(out)
  }

  private static func plain(_ scalar: Unicode.Scalar, _ withDigits: Bool) -> Unicode.Scalar {
    switch scalar {
    case "0" where withDigits: "O"
    case "1" where withDigits: "l"
    case "I", "|": "l"
    case "`": "'"
    default: scalar
    }
  }

  private static func append(_ scalar: Unicode.Scalar, to out: inout String.UnicodeScalarView) {
    if scalar.properties.generalCategory == .decimalNumber, let value = scalar.properties.numericValue {
      return out.append(digits[min(9, max(0, Int(value)))])
    }
    for part in LookalikeSequences.parts[scalar] ?? [scalar] {
      LookalikeSequences.append(table[part] ?? part, to: &out)
    }
  }

  /// A mark that its letter seems to have anyway: the dot of an i or j, or the same mark twice.
  private static func isUnseen(_ mark: Unicode.Scalar, behind out: String.UnicodeScalarView) -> Bool {
    guard mark.properties.generalCategory == .nonspacingMark else { return false }
    if out.last == mark { return true }
    guard mark.value == 0x307 else { return false }
    // Marks below the letter do not stand between it and its dot.
    return out.last { $0.properties.canonicalCombiningClass != .below }?.properties.isSoftDotted ?? false
  }

  private static let digits: [Unicode.Scalar] = ["O", "l", "2", "3", "4", "5", "6", "7", "8", "9"]

  private static let table: [Unicode.Scalar: Unicode.Scalar] = {
    var table: [Unicode.Scalar: Unicode.Scalar] = [:]
    for (characters, plain) in pairs {
      for (one, other) in zip(characters.unicodeScalars, plain.unicodeScalars) { table[one] = other }
    }
    return table
  }()

  /// Each character of the first text looks like the one at the same place of the second.
  private static let pairs: [(String, String)] = [
    // Latin
    ("ıȷɑɡɩƒƖƅƄƽƼƧƨƿʼɣʋĸǝÐƉ", "ijagiflbb55ssp'yukəĐĐ"),
    // Cedilla and comma, caron and breve
    ("şţŞŢǎǐǒǔěǧǍǏǑǓĚǦ", "șțȘȚăĭŏŭĕğĂĬŎŬĔĞ"),
    // Greek
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϺϿͿ", "ABEZHlKMNOPTYXCMCJ"),
    ("αβγεζηικνορστυχωϲϳϱϙμ", "abyeznikvopotuxwcjpqu"),
    ("άέίόύϊϋθ", "áéíóúïüө"),
    // Cyrillic
    ("ѐӓӧӱӑӗӕәӡѡѵѳЀӒӦӰӐӖӔӘѲԌ", "èäöÿăĕæəʒwvөÈÄÖŸĂĔÆƏӨG"),
    ("АВЕЅІЈКМНОРСТУХҮӀЗЬԚԜҺЧЁЇ", "ABESlJKMHOPCTYXYl3bQWh4ËÏ"),
    ("авеѕіјкмнорстухүӏзьԛԝһԁгпичёї", "abesijkmhopctyxyl3bqwhdrnu4ëï"),
    // Armenian
    ("ՍՏՕԼՈՀՑԱ", "USOLnhgU"),
    ("սոօհցյզաղնւքլռէ", "unohgjqwnuipln3"),
    // Hebrew and Arabic
    ("סוןاهەہھ׳״", "olllOOOO'\""),
    ("كڪيىۃ", "ککییة"),
    // Thai
    ("ๅ", "า"),
    // Myanmar
    ("ဝရဉ", "O7ဥ"),
    // Georgian
    ("იოხ", "omb"),
    // Japanese: katakana that look like hiragana or kanji
    ("ヘベペリニロカタトハエーノオヌム〇", "へべぺり二口力夕卜八工一丿才又厶O"),
    // Bopomofo that looks like kanji
    ("ㄧㄙㄠㄏㄈㄩㄇㄐㄚㄦㄖ", "一厶幺厂匚凵冂丩丫儿日"),
    // Middle dots
    ("・", "·"),
  ]
}
