/// Limits on texts that people write, such as topics and reasons.
public enum TextLimit {
  /// The longest beginning of `text` of at most so many bytes that ends between two characters; if already the first
  /// character is longer, between two scalars. Never splits a scalar. A limit below 1 gives `""`.
  public static func truncate(_ text: String, toBytes limit: Int) -> String {
    guard text.utf8.count > limit else { return text }
    var count = 0
    var kept = ""
    for character in text {
      let size = character.utf8.count
      guard size <= limit - count else { break }
      count += size
      kept.append(character)
    }
    if count > 0 { return kept }
    for scalar in text.unicodeScalars {
      let size = UTF8.width(scalar)
      guard size <= limit - count else { break }
      count += size
      kept.unicodeScalars.append(scalar)
    }
    return kept
  }
}
