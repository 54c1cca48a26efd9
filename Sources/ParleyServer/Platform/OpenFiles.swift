#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The process's limit on open files, which is what bounds connections in the end.
enum OpenFiles {
  /// Descriptors that connections must leave for everything else, so that `parleyd status`, metrics, mail and the store go on working
  /// when all places are taken.
  static func reserve(threads: Int, readers: Int, listeners: Int) -> Int {
    // Three for each event loop; three for each connection to the store, which are the readers, the writer and one for accounts; each
    // listener's socket and the refused ones that it has not closed yet; connections that give way; 32 that ask for status; the rest are
    // standard streams, programs that send mail, and room.
    3 * threads + 3 * (readers + 2) + listeners * (1 + AcceptGate.refusedLimit) + AdmissionTable.leavingLimit + 32 + 32
  }

  /// Raises the soft limit as far as the hard limit allows, and returns what it is then.
  static func raiseLimit(to wanted: Int) -> Int {
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return wanted }
    if limit.rlim_cur < rlim_t(wanted) {
      let before = limit.rlim_cur
      limit.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
      if setrlimit(resource, &limit) != 0 { limit.rlim_cur = before }
    }
    return limit.rlim_cur > rlim_t(Int.max) ? Int.max : Int(limit.rlim_cur)
  }
}
