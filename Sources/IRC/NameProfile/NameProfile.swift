/// The characters that new names may have, in the manner of PRECIS (RFC 8264, RFC 8265): nothing invisible, one spelling of each text, one
/// writing system in each word. Names that exist already are not asked.
public enum NameProfile {
  public enum Problem: String, Sendable, Equatable {
    case invisible = "It has an invisible character, or one that changes the direction of writing"
    case unusual = "It has a character that is not used in names"
    case notNormal = "It has a letter that can be written in a simpler way"
    case mixedScripts = "It has letters of different writing systems in one word"
    case mixedDirections = "It has words that are written to the left beside words that are written to the right"
    case tooManyMarks = "It has too many marks on one letter"
  }

  /// Marks on one letter: enough for Vietnamese and Thai.
  private static let mostMarks = 3

  /// Why a name cannot be given to anything new; nil: it can. ASCII is judged by `Names`.
  public static func problem(_ name: String) -> Problem? {
    if name.utf8.allSatisfy({ $0 < 0x80 }) { return nil }
    if let problem = characterProblem(name) { return problem }
    guard Composition.isNormal(name) else { return .notNormal }
    return scriptProblem(name)
  }

  /// Whether a text that is only shown, such as a person's display name, could deceive its readers: marks of direction, and characters
  /// that nobody sees. Those that join emoji or letters are no deception.
  public static func hasHiddenCharacters(_ text: String) -> Bool {
    text.unicodeScalars.contains { scalar in
      if scalar.properties.isBidiControl { return true }
      let isJoiner = scalar.value == 0x200C || scalar.value == 0x200D || isVariation(scalar)
      return !isJoiner
        && (scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.generalCategory == .control)
    }
  }

  // MARK: - Characters

  private static func characterProblem(_ name: String) -> Problem? {
    var before: Unicode.Scalar?
    var marks = 0
    for scalar in name.unicodeScalars {
      defer { before = scalar }
      if scalar.value < 0x80 {
        marks = 0
        continue
      }
      if isVariation(scalar) || scalar.value == 0x200D {
        // Within emoji only: 👩‍💻, ❤️.
        guard let before, isEmoji(before) || isVariation(before) else { return .invisible }
        continue
      }
      if isInvisible(scalar) { return .invisible }
      if Composition.isMark(scalar) {
        marks += 1
        guard before != nil, Script(scalar) != nil else { return .unusual }
        if marks > mostMarks { return .tooManyMarks }
        continue
      }
      marks = 0
      if let problem = problem(of: scalar) { return problem }
    }
    // A joiner joins something.
    return before?.value == 0x200D ? .invisible : nil
  }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    if properties.isDefaultIgnorableCodePoint || properties.isBidiControl || properties.isWhitespace { return true }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .lineSeparator, .paragraphSeparator, .spaceSeparator: return true
    // BRAILLE PATTERN BLANK.
    default: return scalar.value == 0x2800
    }
  }

  private static func problem(of scalar: Unicode.Scalar) -> Problem? {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .modifierLetter, .otherLetter, .decimalNumber:
      if scalar.properties.isFullCompositionExclusion || isCompatibility(scalar) { return .notNormal }
      return Script(scalar) == nil ? .unusual : nil
    case .currencySymbol: return isCompatibility(scalar) ? .notNormal : nil
    case .otherSymbol, .modifierSymbol:
      if isCompatibility(scalar) { return .notNormal }
      return isEmoji(scalar) || musicSigns.contains(scalar.value) ? nil : .unusual
    default: return marksOfWords.contains(scalar.value) || musicSigns.contains(scalar.value) ? nil : .unusual
    }
  }

  /// ♩ ♪ ♫ ♬ ♭ ♮ ♯
  private static let musicSigns: ClosedRange<UInt32> = 0x2669...0x266F

  /// Punctuation within words: the middle dots of Catalan and of Japanese, geresh and gershayim.
  private static let marksOfWords: Set<UInt32> = [0xB7, 0x30FB, 0x5F3, 0x5F4]

  /// It stands for plainer characters: full-width and ligature forms, letters of mathematics, circled ones.
  private static func isCompatibility(_ scalar: Unicode.Scalar) -> Bool {
    // ß and ς differ from ss and σ for readers; Thai and Lao vowels have no other spelling in use.
    let exceptions: Set<UInt32> = [0xDF, 0x1E9E, 0x3C2, 0xE33, 0xEB3, 0xEDC, 0xEDD]
    if exceptions.contains(scalar.value) { return false }
    return scalar.properties.lowercaseMapping.unicodeScalars.contains { $0.properties.changesWhenNFKCCaseFolded }
  }

  private static func isVariation(_ scalar: Unicode.Scalar) -> Bool { scalar.value == 0xFE0F || scalar.value == 0xFE0E }

  private static func isEmoji(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value > 0xFF && scalar.properties.isEmoji && scalar.properties.generalCategory != .decimalNumber
  }

  // MARK: - Scripts

  private static func scriptProblem(_ name: String) -> Problem? {
    var word: Set<Script> = []
    var hasRightToLeft = false
    var hasLeftToRight = false
    for scalar in name.unicodeScalars {
      let isLetter = scalar.properties.isAlphabetic || Composition.isMark(scalar)
      guard isLetter, let script = Script(scalar) else {
        // Digits and signs within a word do not end it, because `раypal2` is one word to its readers.
        if isSeparator(scalar) { word = [] }
        continue
      }
      word.insert(script)
      guard Script.mayStandTogether(word) else { return .mixedScripts }
      if script.isRightToLeft { hasRightToLeft = true } else if script != .inherited { hasLeftToRight = true }
    }
    return hasRightToLeft && hasLeftToRight ? .mixedDirections : nil
  }

  private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x80 ? !scalar.properties.isAlphabetic && !("0"..."9").contains(scalar) : isEmoji(scalar)
  }
}
