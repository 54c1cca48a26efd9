#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// What the store needs of the operating system beside SQLite.
enum Platform {
  static var lastError: String { String(cString: strerror(errno)) }

  /// Makes an empty file that only its owner may read, unless there is one. SQLite's other files copy its permissions.
  static func createPrivateFile(_ path: String) -> Bool {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 { return false }
    close(descriptor)
    return true
  }

  /// Writes a file's or a folder's content to the disk.
  static func sync(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return false }
    defer { close(descriptor) }
    return fsync(descriptor) == 0
  }

  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Gives the file its final name, durably, and only if nothing has it yet.
  static func publish(_ temporary: String, as path: String) -> Bool {
    if link(temporary, path) == 0 {
      unlink(temporary)
    } else {
      // Some file systems have no second names for a file.
      guard errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS, !exists(path), rename(temporary, path) == 0 else {
        return false
      }
    }
    return sync(folder(of: path)) || errno == EINVAL
  }

  static func remove(_ path: String) { unlink(path) }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Changes with every start of the machine; nil where the system does not tell.
  static func bootID() -> String? {
    let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}

/// Keeps a second server away from a folder. The system drops the lock with the process, however it ends.
public final class ServeLock {
  private let descriptor: Int32

  public init(path: String) throws(StoreError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw StoreError(.unusable, "cannot open \(path): \(Platform.lastError)") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let reason =
        errno == EWOULDBLOCK ? "another server is using this database, see `parleyd status`" : Platform.lastError
      throw StoreError(.unusable, "cannot lock \(path): \(reason)")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
