import Crypto
import NIOSSL
import ParleyCore
import ParleyServer
import Testing

@Suite("Data folder and certificate")
struct CertificateTests {
  private func setup(_ path: String) -> Setup { Setup(dataFolder: path, machine: .sample()) }

  @Test("a first start makes folder, certificate and key; a second one changes nothing")
  func generation() throws {
    let parent = try TemporaryFolder()
    let setup = setup("\(parent.path)/a/b")
    try setup.folder.prepare()
    #expect(Files.permissions(of: setup.folder.path) == 0o700)
    let files = setup.certificateFiles
    let listeners = ["[::]", "192.0.2.7", "127.0.0.1"].map { address in
      Listener(
        isSecure: true, address: address.filter { $0 != "[" && $0 != "]" }, port: Listener.securePort)
    }
    #expect(try files.prepare(serverName: "chat.example.org", listeners: listeners))
    #expect(Files.permissions(of: files.key) == 0o600)
    #expect(Files.permissions(of: files.certificate) == 0o644)

    let description = try files.description()
    #expect(description.isSelfSigned)
    #expect(description.names == ["chat.example.org", "localhost"])
    #expect((3645...3653).contains(description.daysLeft))
    let certificate = try #require(try NIOSSLCertificate.fromPEMFile(files.certificate).first)
    let hash = SHA256.hash(data: try certificate.toDERBytes())
    #expect(description.fingerprint == hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    // Two names, 127.0.0.1, ::1, and the listener's address that stands for no others.
    let names = certificate._subjectAlternativeNames().map { Array($0.contents) }
    let addresses: [[UInt8]] = [[127, 0, 0, 1], Array(repeating: 0, count: 15) + [1], [192, 0, 2, 7]]
    #expect(names == ["chat.example.org", "localhost"].map { Array($0.utf8) } + addresses)
    let material = try files.material()
    let key = try NIOSSLPrivateKey(bytes: material.privateKey, format: .pem)
    _ = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: NIOSSLCertificate.fromPEMBytes(material.certificateChain).map { .certificate($0) },
        privateKey: .privateKey(key)))

    #expect(try !files.prepare(serverName: "chat.example.org"))
    #expect(try files.description() == description)
  }

  @Test("what TLS cannot use is named by its file")
  func unusable() throws {
    let (one, two) = (try TemporaryFolder(), try TemporaryFolder())
    var materials: [TLSMaterial] = []
    for folder in [one, two] {
      let files = setup(folder.path).certificateFiles
      _ = try files.prepare(serverName: "a.b")
      materials.append(try files.material())
    }
    func error(_ change: (inout TLSMaterial) -> Void) -> String? {
      var material = materials[0]
      change(&material)
      return sentence { try TLSContexts(material) }
    }
    let (certificate, key) = (materials[0].certificateName, materials[0].keyName)
    #expect(error { _ in } == nil)
    #expect(
      error { $0.privateKey = materials[1].privateKey }
        == "The key in \(key) does not belong to the certificate in \(certificate) (`key`, `certificate`)")
    #expect(
      error { $0.privateKey = [1] } == "\(key) holds no private key in PEM form, or one with a passphrase (`key`)")
    for bytes in [[], [1], materials[0].privateKey] {
      #expect(
        error { $0.certificateChain = bytes } == "\(certificate) holds no certificate in PEM form (`certificate`)")
    }
  }

  @Test("half a pair is not completed")
  func halfAPair() throws {
    let folder = try TemporaryFolder()
    try folder.write("certificate.pem", "x")
    let files = setup(folder.path).certificateFiles
    let error = try #require(sentence { try files.prepare(serverName: "a.b") })
    #expect(error.hasPrefix("\(folder.path)/certificate.pem is there but not \(folder.path)/key.pem: bring it back"))
    #expect(!Files.exists(files.key))
  }

  @Test("a key that others may read is refused")
  func readableKey() throws {
    let folder = try TemporaryFolder()
    let files = setup(folder.path).certificateFiles
    _ = try files.prepare(serverName: "a.b")
    folder.setPermissions(0o640, of: "key.pem")
    #expect(
      sentence { try files.prepare(serverName: "a.b") }
        == "Others may read the private key \(folder.path)/key.pem: run `chmod 600 \(folder.path)/key.pem` first")
  }

  @Test("a folder that others may write to is refused", arguments: [0o777, 0o770, 0o702] as [UInt32])
  func writableFolder(permissions: UInt32) throws {
    let folder = try TemporaryFolder()
    folder.setPermissions(permissions)
    let error = sentence { try setup(folder.path).folder.prepare() }
    #expect(
      error
        == "Others may write to \(folder.path), and so to the messages: run `chmod go-w \(folder.path)` first")
  }

  @Test("a file in the folder's place is refused")
  func fileInPlace() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", "")
    #expect(sentence { try setup("\(folder.path)/file").folder.prepare() } == "\(folder.path)/file is not a folder")
  }

  @Test("a file that cannot be written is named as it was given")
  func room() throws {
    let folder = try TemporaryFolder()
    #expect(sentence { try Files.expectRoom(for: "\(folder.path)/x.db") } == nil)
    #expect(
      sentence { try Files.expectRoom(for: "\(folder.path)/nothing/x.db") }
        == "Cannot write \(folder.path)/nothing/x.db: No such file or directory")
    try folder.write("file", "")
    #expect(
      sentence { try Files.expectRoom(for: "\(folder.path)/file/x.db") }
        == "Cannot write \(folder.path)/file/x.db: Not a directory")
  }

  @Test("the operator's own files are used and never made")
  func ownFiles() throws {
    let folder = try TemporaryFolder()
    var setup = setup(folder.path)
    setup.server.certificatePath = "\(folder.path)/own.pem"
    setup.server.keyPath = "\(folder.path)/own.key"
    #expect(try !setup.certificateFiles.prepare(serverName: "a.b"))
    #expect(!Files.exists(setup.server.certificatePath))
    try folder.write("own.pem", "no certificate")
    #expect(
      sentence { try setup.certificateFiles.description() } == "\(folder.path)/own.pem holds no certificate in PEM form"
    )
  }
}
