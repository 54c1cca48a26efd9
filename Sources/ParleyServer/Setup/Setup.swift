public import Logging
import ParleyCore

/// Everything the settings table can set: the server's settings and what the process around it needs.
public struct Setup: Sendable {
  public var server: ServerSettings
  public var logLevel = Logger.Level.info
  /// A configuration file has been read.
  package var hasFile = false

  /// The defaults on a machine, before any file or option.
  public init(dataFolder: String, machine: Machine) {
    server = ServerSettings(dataFolder: dataFolder)
    server.listeners = [
      Listener(isSecure: true, address: "::", port: Listener.securePort),
      Listener(isSecure: false, address: "127.0.0.1", port: Listener.plaintextPort),
    ]
    server.core.serverName = machine.serverName
  }

  public var folder: DataFolder { DataFolder(path: server.dataFolder) }

  public var certificateFiles: CertificateFiles {
    if server.certificatePath.isEmpty {
      CertificateFiles(certificate: folder.certificate, key: folder.key, isGenerated: true)
    } else {
      CertificateFiles(certificate: server.certificatePath, key: server.keyPath, isGenerated: false)
    }
  }

  /// What no single setting can tell.
  func validate() throws(SetupError) {
    if server.listeners.isEmpty { throw SetupError("There is nothing to listen on: give at least one `listen`") }
    for (index, listener) in server.listeners.enumerated() {
      if listener.port != 0, server.listeners[..<index].contains(listener) {
        throw SetupError("\(listener) is to be listened on twice")
      }
      if !listener.isSecure, !listener.isLoopback, !server.allowInsecurePlaintext {
        throw SetupError(
          "\(listener) would send passwords and messages readable for everybody on the way: "
            + "use \(listener.isWebSocket ? "wss" : "ircs")://, or allow it with `insecure-plaintext = true`")
      }
    }
    if server.certificatePath.isEmpty != server.keyPath.isEmpty {
      throw SetupError("`certificate` and `key` belong together: set both or none")
    }
  }
}
