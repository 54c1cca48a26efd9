#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The few things the setup does with files, with errors that name the file and the reason.
public enum Files {
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// - Throws: if the folder of a file that is to be made cannot be written to.
  public static func expectRoom(for path: String) throws(SetupError) {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    // Not what is there under the name of a file.
    guard access(folder + "/.", W_OK | X_OK) == 0 else { throw failure("write", path) }
  }

  struct Status {
    /// The permission bits, e.g. 0o600.
    var permissions: UInt32
    var isFolder: Bool
  }

  /// What a path leads to, through symbolic links; nil if that is nothing.
  ///
  /// By FileManager: with NIO in the same module, the compiler takes `stat` for a part of CoreFoundation.
  static func status(of path: String) -> Status? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    guard let attributes = try? FileManager.default.attributesOfItem(atPath: String(cString: real)),
      let permissions = attributes[.posixPermissions] as? UInt, let type = attributes[.type] as? FileAttributeType
    else { return nil }
    return Status(permissions: UInt32(permissions), isFolder: type == .typeDirectory)
  }

  public static func permissions(of path: String) -> UInt32? { status(of: path)?.permissions }

  public static func contents(of path: String) throws(SetupError) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw failure("read", path) }
    defer { close(file) }
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
      if count == 0 { return contents }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure("read", path)
      }
      contents += buffer[..<count]
    }
  }

  /// A new file, on disk when this returns. Never replaces one.
  static func create(_ path: String, _ contents: [UInt8], permissions: UInt32) throws(SetupError) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(permissions))
    guard file >= 0 else { throw failure("create", path) }
    defer { close(file) }
    guard fchmod(file, mode_t(permissions)) == 0 else { throw failure("create", path) }
    guard put(contents, into: file), fsync(file) == 0 else { throw failure("write", path) }
  }

  /// For its owner alone.
  static func restrict(_ path: String) throws(SetupError) {
    guard chmod(path, 0o600) == 0 else { throw failure("protect", path) }
  }

  /// Replaces what has the new name.
  static func move(_ path: String, to newPath: String) throws(SetupError) {
    guard rename(path, newPath) == 0 else { throw failure("rename", path) }
  }

  static func remove(_ path: String) { unlink(path) }

  /// Makes the folder and those above it. The folder itself is for its owner alone.
  static func createFolder(_ path: String) throws(SetupError) {
    let parts = path.split(separator: "/")
    var current = path.hasPrefix("/") ? "/" : ""
    for (index, part) in parts.enumerated() {
      current += part
      if mkdir(current, index == parts.count - 1 ? 0o700 : 0o755) != 0, errno != EEXIST {
        throw failure("create the folder", current)
      }
      current += "/"
    }
  }

  /// Writes everything; one `write` if the file takes it.
  @discardableResult
  static func put(_ bytes: [UInt8], into file: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { return false }
      rest = rest.dropFirst(max(0, count))
    }
    return true
  }

  static func failure(_ verb: String, _ path: String) -> SetupError {
    SetupError("Cannot \(verb) \(path): \(String(cString: strerror(errno)))")
  }
}
