/// What a name looks like, in the manner of UTS 39's skeletons: two names that share a form are easily taken for each other.
///
/// The table is a reviewed one of our own. It has letters of Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic and Japanese that look the
/// same in common fonts, digits of all scripts, and nothing that only resembles each other at a glance, such as `rn` and `m`.
public enum Lookalikes {
  /// The forms of a name: as it is written, and in capitals. `Alice` and `aIice` have one of them in common, so have `alice` and `AL1CE`;
  /// `mail` and `mall` have none.
  /// - Parameter withDigits: 0 and 1 look like O and l.
  public static func forms(_ name: String, withDigits: Bool = true) -> [String] {
    let written = skeleton(name, withDigits).lowercased()
    let capital = skeleton(capitals(name), withDigits)
    // A capital form never equals a written one.
    return [written, "^" + capital]
  }

  /// Whether two names are easily taken for each other.
  public static func areAlike(_ one: String, _ other: String) -> Bool {
    let forms = forms(one)
    return self.forms(other).contains { forms.contains($0) }
  }

  private static func capitals(_ name: String) -> String {
    var out = ""
    for scalar in name.unicodeScalars { out += scalar.properties.uppercaseMapping }
    return out
  }

  private static func skeleton(_ name: String, _ withDigits: Bool) -> String {
    var out = String.UnicodeScalarView()
    for scalar in name.unicodeScalars {
      if scalar.value < 0x80 {
        switch scalar {
        case "0" where withDigits: out.append("O")
        case "1" where withDigits: out.append("l")
        case "I", "|": out.append("l")
        case "`": out.append("'")
        default: out.append(scalar)
        }
        continue
      }
      if scalar.properties.isDefaultIgnorableCodePoint { continue }
      if scalar.properties.generalCategory == .decimalNumber, let value = scalar.properties.numericValue {
        out.append(digits[min(9, max(0, Int(value)))])
      } else if let plain = table[scalar] {
        out.append(plain)
      } else {
        out.append(scalar)
      }
    }
    return String(out)
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
    ("ıȷɑɡɩƒƖƅƄƽƼƧƨƿʼ", "ijagiflbb55ssp'"),
    // Greek
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϺϿͿ", "ABEZHlKMNOPTYXCMCJ"),
    ("αβγεζηικνορστυχωϲϳϱϙμ", "abyeznikvopotuxwcjpqu"),
    // Cyrillic
    ("АВЕЅІЈКМНОРСТУХҮӀЗЬԚԜҺЧЁЇ", "ABESlJKMHOPCTYXYl3bQWh4ËÏ"),
    ("авеѕіјкмнорстухүӏзьԛԝһԁгпичёї", "abesijkmhopctyxyl3bqwhdrnu4ëï"),
    // Armenian
    ("ՍՏՕԼՈՀՑԱ", "USOLnhgU"),
    ("սոօհցյզաղնւքլռէ", "unohgjqwnuipln3"),
    // Hebrew and Arabic
    ("סוןاهە", "olllOO"),
    // Georgian
    ("იოხ", "omb"),
    // Japanese: katakana that look like hiragana or kanji
    ("ヘベペリニロカタトハエーノ", "へべぺり二口力夕卜八工一丿"),
    // Middle dots
    ("・", "·"),
  ]
}
