import Crypto
import NIOSSL
import ParleyCore
import SwiftASN1
import X509

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The PEM files of certificate and key: those of the operator, or generated ones in the data folder.
public struct CertificateFiles: Sendable {
  public var certificate: String
  public var key: String
  /// They are the server's own: made when missing.
  public var isGenerated: Bool

  private static let lifetime: TimeInterval = 10 * 365.25 * 86_400

  /// Generates the pair if it is the server's own and not there yet.
  ///
  /// - Parameter listeners: a generated certificate names their addresses.
  /// - Returns: true if it was generated.
  public func prepare(serverName: String, listeners: [Listener] = []) throws(SetupError) -> Bool {
    let hasCertificate = Files.exists(certificate), hasKey = Files.exists(key)
    if hasKey, let permissions = Files.permissions(of: key), permissions & 0o077 != 0, isGenerated {
      throw SetupError("Others may read the private key \(key): run `chmod 600 \(key)` first")
    }
    guard isGenerated, !hasCertificate || !hasKey else { return false }
    guard !hasCertificate, !hasKey else {
      let (there, missing) = hasKey ? (key, certificate) : (certificate, key)
      throw SetupError(
        "\(there) is there but not \(missing): bring it back, or remove the first to have both made anew "
          + "(clients that pinned the old one will have to pin the new one)")
    }
    try generate(serverName: serverName, listeners: listeners)
    return true
  }

  /// What TLS needs, read anew each time.
  public func material() throws(SetupError) -> TLSMaterial {
    var material = TLSMaterial(
      certificateChain: try Files.contents(of: certificate), privateKey: try Files.contents(of: key))
    (material.certificateName, material.keyName) = (certificate, key)
    return material
  }

  /// What is to be known of the certificate in use.
  public func description() throws(SetupError) -> CertificateDescription {
    let pem = try Files.contents(of: certificate)
    guard let first = try? NIOSSLCertificate.fromPEMBytes(pem).first, let fingerprint = Fingerprint.of(first),
      let parsed = try? Certificate(derEncoded: first.toDERBytes())
    else { throw SetupError("\(certificate) holds no certificate in PEM form") }
    let names = (try? parsed.extensions.subjectAlternativeNames) ?? nil
    return CertificateDescription(
      fingerprint: fingerprint, isSelfSigned: parsed.issuer == parsed.subject,
      daysLeft: Int((parsed.notValidAfter.timeIntervalSinceNow / 86_400).rounded(.down)),
      names: names?.compactMap { if case .dnsName(let name) = $0 { name } else { nil } } ?? [])
  }

  private func generate(serverName: String, listeners: [Listener]) throws(SetupError) {
    let pair: (certificate: String, key: String)
    do {
      pair = try Self.makePair(serverName: serverName, listeners: listeners)
    } catch {
      throw SetupError("Cannot make a certificate for \(serverName): \(error)")
    }
    // Both are complete on disk before either gets its name: a crash leaves no half a key.
    let newKey = key + ".new", newCertificate = certificate + ".new"
    Files.remove(newKey)
    Files.remove(newCertificate)
    try Files.create(newKey, Array(pair.key.utf8), permissions: 0o600)
    try Files.create(newCertificate, Array(pair.certificate.utf8), permissions: 0o644)
    try Files.move(newKey, to: key)
    try Files.move(newCertificate, to: certificate)
  }

  /// The server's name, this machine's own name and addresses, and the addresses that TLS is listened for on.
  private static func names(_ serverName: String, _ listeners: [Listener]) -> [GeneralName] {
    let own = ["127.0.0.1", "::1"].compactMap { NetworkAddress($0) }
    let given = listeners.filter(\.isSecure).compactMap { NetworkAddress($0.address) }
      .filter { !own.contains($0) && !$0.isUnspecified }
    var addresses: [NetworkAddress] = []
    for address in own + given where !addresses.contains(address) { addresses.append(address) }
    let names = serverName == "localhost" ? [serverName] : [serverName, "localhost"]
    return names.map { .dnsName($0) }
      + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0.bytes[...])) }
  }

  private static func makePair(
    serverName: String, listeners: [Listener]
  ) throws -> (certificate: String, key: String) {
    let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
    let name = try DistinguishedName { CommonName(serverName) }
    // A day back: a client's clock may be behind.
    let start = Date(timeIntervalSinceNow: -86_400)
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey, notValidBefore: start,
      notValidAfter: start.addingTimeInterval(lifetime), issuer: name, subject: name,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: Certificate.Extensions {
        Critical(BasicConstraints.notCertificateAuthority)
        Critical(KeyUsage(digitalSignature: true))
        try ExtendedKeyUsage([.serverAuth])
        SubjectAlternativeNames(names(serverName, listeners))
      }, issuerPrivateKey: key)
    return (try certificate.serializeAsPEM().pemString + "\n", try key.serializeAsPEM().pemString + "\n")
  }
}

/// What a person needs to know of a certificate.
public struct CertificateDescription: Hashable, Sendable {
  /// Lower-case hexadecimal SHA-256 of the DER form.
  public var fingerprint: String
  /// Only by its fingerprint can a client know it.
  public var isSelfSigned: Bool
  /// Negative once it has expired.
  public var daysLeft: Int
  /// The host names that it is for.
  public var names: [String]

  public init(fingerprint: String, isSelfSigned: Bool, daysLeft: Int, names: [String] = []) {
    self.fingerprint = fingerprint
    self.isSelfSigned = isSelfSigned
    self.daysLeft = daysLeft
    self.names = names
  }
}
