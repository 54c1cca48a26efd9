/// The SHA-256 fingerprint of a certificate.
public enum CertificateFingerprint {
  /// Lower-case hexadecimal digits without colons: the form in which fingerprints are stored and compared. Colons and capital
  /// letters are accepted because other tools print them.
  /// - Returns: nil for a text that is not a SHA-256 fingerprint.
  public static func normalized(_ text: String) -> String? {
    let digits = text.lowercased().filter { $0 != ":" }
    let isHexadecimal = digits.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    return digits.utf8.count == 64 && isHexadecimal ? digits : nil
  }
}
