#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the system knows of this process.
package struct ProcessFigures: Sendable {
  /// Seconds since 1970.
  package var startedAt: Int
  /// nil where there is no /proc.
  package var residentBytes: Int?
  package var openFiles: Int?
  package var maximumFiles: Int
  package var cpuMicroseconds: Int

  package init(startedAt: Int, residentBytes: Int?, openFiles: Int?, maximumFiles: Int, cpuMicroseconds: Int) {
    self.startedAt = startedAt
    self.residentBytes = residentBytes
    self.openFiles = openFiles
    self.maximumFiles = maximumFiles
    self.cpuMicroseconds = cpuMicroseconds
  }

  package static func now(startedAt: Int) -> ProcessFigures {
    ProcessFigures(
      startedAt: startedAt, residentBytes: residentPages().map { $0 * Int(sysconf(Int32(_SC_PAGESIZE))) },
      openFiles: countFiles(), maximumFiles: OpenFiles.raiseLimit(to: 0), cpuMicroseconds: processorTime())
  }

  /// The second number of /proc/self/statm.
  private static func residentPages() -> Int? {
    guard let bytes = try? Files.contents(of: "/proc/self/statm") else { return nil }
    let words = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    return words.count > 1 ? Int(words[1]) : nil
  }

  private static func countFiles() -> Int? {
    guard let folder = opendir("/proc/self/fd") else { return nil }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    // Not `.`, `..` and the folder itself.
    return max(0, count - 3)
  }

  private static func processorTime() -> Int {
    #if canImport(Glibc)
      let process = Int32(RUSAGE_SELF.rawValue)
    #else
      let process = RUSAGE_SELF
    #endif
    var usage = rusage()
    guard getrusage(process, &usage) == 0 else { return 0 }
    return (Int(usage.ru_utime.tv_sec) + Int(usage.ru_stime.tv_sec)) * 1_000_000 + Int(usage.ru_utime.tv_usec)
      + Int(usage.ru_stime.tv_usec)
  }
}
