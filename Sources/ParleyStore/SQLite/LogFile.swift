#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// A write-ahead log as a file, beside SQLite: to be looked at, and to be kept, before SQLite opens it.
struct LogFile {
  /// Room on the disk that keeping a copy leaves for the database.
  private static let reserve: UInt64 = 64 << 20

  /// Of the log itself. It lies beside the database file, not beside a link to it.
  let path: String
  private let database: String

  init(ofDatabase path: String) {
    let real = realpath(path, nil)
    defer { free(real) }
    database = real.map { String(cString: $0) } ?? path
    self.path = database + "-wal"
  }

  /// Where a damaged log is kept.
  var copyPath: String { path + ".damaged" }

  /// What is damaged in the log, in words, and where it is kept; nil: nothing.
  ///
  /// Two looks must agree: another program may write to the log during one.
  func takeDamage() -> String? {
    guard let found = damage(), damage() == found else { return nil }
    let kept: String
    switch keep() {
    case nil: kept = "it is kept as \(copyPath)"
    case let reason?: kept = "it could not be kept: \(reason)"
    }
    return "the write-ahead log \(path) is damaged \(found): what was stored after that is lost, and \(kept); "
      + "a backup may have what it held"
  }

  /// Sets a log aside that belongs to another database, in words; nil: there is none.
  ///
  /// A backup that is copied by hand over the database of a server that was killed lies beside that database's log, and SQLite would mix
  /// the log's pages into it. The header of a backup says that it has no log, that of a database in use says that it has one
  /// (<https://www.sqlite.org/fileformat2.html>, section 1.3.3).
  func setForeignAside() throws(StoreError) -> String? {
    guard Self.head(of: path, Self.logHeaderSize).count == Self.logHeaderSize else { return nil }
    let header = Self.head(of: database, 20)
    guard header.count < 20 || header[18] == 1 else { return nil }
    let aside = path + ".other"
    guard rename(path, aside) == 0 else {
      throw StoreError(.unusable, "the write-ahead log \(path) belongs to another database: \(Platform.lastError)")
    }
    unlink(database + "-shm")
    return "the write-ahead log \(path) belongs to another database than the one beside it, and is kept as \(aside)"
  }

  private static let logHeaderSize = 32

  private func damage() -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return LogScan(pageSizeOfDatabase: pageSize) { buffer, offset in
      guard let start = buffer.baseAddress else { return false }
      var done = 0
      while done < buffer.count {
        let count = pread(file, start + done, buffer.count - done, off_t(offset + done))
        if count == 0 || count < 0 && errno != EINTR { return false }
        done += max(0, count)
      }
      return true
    }.damage()
  }

  /// As the database file says, for a log whose header cannot be believed. The file's own header may be damaged, too.
  private var pageSize: Int {
    let header = Self.head(of: database, 18)
    guard header.count == 18 else { return 4_096 }
    let size = Int(header[16]) << 8 | Int(header[17])
    if size == 1 { return 65_536 }
    return size >= 512 && size & (size - 1) == 0 ? size : 4_096
  }

  private static func head(of path: String, _ count: Int) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: count)
    let found = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
    return Array(bytes.prefix(max(0, found)))
  }

  // MARK: - Keeping it

  /// Copies the log. A copy of the same log that is there already stays: it was made before anything was written over the log's end.
  ///
  /// - Returns: why it failed; nil: there is a copy.
  private func keep() -> String? {
    let header = Self.head(of: path, Self.logHeaderSize)
    if !header.isEmpty, Self.head(of: copyPath, Self.logHeaderSize) == header { return nil }
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { return Platform.lastError }
    defer { close(source) }
    var status = stat()
    var disk = statvfs()
    guard fstat(source, &status) == 0, fstatvfs(source, &disk) == 0 else { return Platform.lastError }
    guard UInt64(disk.f_bavail) * UInt64(disk.f_frsize) >= UInt64(status.st_size) + Self.reserve else {
      return "there is too little room on the disk"
    }
    let temporary = copyPath + ".partial"
    unlink(temporary)
    // Made anew, so not through a link.
    let target = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard target >= 0 else { return Platform.lastError }
    defer { close(target) }
    // It belongs to whom the log belongs to; only root can say so.
    _ = fchown(target, status.st_uid, status.st_gid)
    guard Self.copy(source, to: target), fsync(target) == 0, rename(temporary, copyPath) == 0 else {
      let reason = Platform.lastError
      unlink(temporary)
      return reason
    }
    return nil
  }

  private static func copy(_ source: Int32, to target: Int32) -> Bool {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    guard let start = buffer.baseAddress else { return false }
    while true {
      let count = read(source, start, buffer.count)
      if count == 0 { return true }
      if count < 0, errno != EINTR { return false }
      var done = 0
      while done < count {
        let written = write(target, start + done, count - done)
        if written < 0, errno != EINTR { return false }
        done += max(0, written)
      }
    }
  }
}
