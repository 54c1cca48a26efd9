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

extension Files {
  struct Owner: Equatable {
    var user: UInt32
    var group: UInt32
  }

  /// - Returns: nil if there is no such file.
  /// - Throws: if it is not known whether there is one: a log that is taken for missing would be lost.
  static func size(of path: String) throws(SetupError) -> Int64? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw failure("read", path)
    }
    defer { close(descriptor) }
    // FileManager's number has another type in each version of Foundation.
    let size = lseek(descriptor, 0, SEEK_END)
    guard size >= 0 else { throw failure("read", path) }
    return Int64(size)
  }

  static func owner(of path: String) -> Owner? {
    guard let attributes = attributes(of: path), let user = number(attributes[.ownerAccountID]),
      let group = number(attributes[.groupOwnerAccountID])
    else { return nil }
    return Owner(user: user, group: group)
  }

  static func give(_ path: String, to owner: Owner) throws(SetupError) {
    // Not through a link, which the folder's owner could have made to any file.
    guard lchown(path, owner.user, owner.group) == 0 else { throw failure("change the owner of", path) }
  }

  /// The path of the file itself, through symbolic links.
  static func resolved(_ path: String) throws(SetupError) -> String {
    guard let real = realpath(path, nil) else { throw failure("read", path) }
    defer { free(real) }
    return String(cString: real)
  }

  /// Renames a file. A relative symbolic link is written anew, because from another folder it would lead elsewhere. May be repeated
  /// after an interruption.
  static func moveAside(_ path: String, to newPath: String) throws(SetupError) {
    guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path), !target.hasPrefix("/") else {
      return try move(path, to: newPath)
    }
    let real = try resolved(path)
    remove(newPath)
    guard symlink(real, newPath) == 0 else { throw failure("create", newPath) }
    remove(path)
  }

  /// Two paths to one file.
  static func isSame(_ path: String, _ other: String) -> Bool {
    guard let one = realpath(path, nil) else { return false }
    defer { free(one) }
    guard let two = realpath(other, nil) else { return false }
    defer { free(two) }
    return strcmp(one, two) == 0
  }

  /// Into a new file that only its owner may read, on disk when this returns.
  static func copy(_ path: String, to newPath: String) throws(SetupError) {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw failure("read", path) }
    defer { close(source) }
    let target = open(newPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard target >= 0 else { throw failure("create", newPath) }
    defer { close(target) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure("read", path)
      }
      guard put(Array(buffer[..<count]), into: target) else { throw failure("write", newPath) }
    }
    guard fsync(target) == 0 else { throw failure("write", newPath) }
  }

  /// What has been renamed in a folder stays so, whatever happens to the machine.
  static func sync(_ folder: String) throws(SetupError) {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", folder) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure("write", folder) }
  }

  /// Names in a folder that begin so.
  static func names(in folder: String, prefix: String) throws(SetupError) -> [String] {
    guard let stream = opendir(folder) else { throw failure("read", folder) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasPrefix(prefix) { names.append(name) }
    }
    return names
  }

  private static func attributes(of path: String) -> [FileAttributeKey: Any]? {
    try? FileManager.default.attributesOfItem(atPath: path)
  }

  /// The type differs between the versions of Foundation.
  private static func number(_ value: Any?) -> UInt32? {
    switch value {
    case let value as UInt: UInt32(truncatingIfNeeded: value)
    case let value as UInt32: value
    case let value as Int: UInt32(truncatingIfNeeded: value)
    default: nil
    }
  }
}
