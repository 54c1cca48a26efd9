import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Descriptors that are held open for nothing, to be given up when there is no other one left for something that must not fail.
final class DescriptorReserve: Sendable {
  private let count: Int
  private let held = Mutex<[Int32]>([])

  init(count: Int) {
    self.count = count
    fill()
  }

  deinit { release() }

  /// Gives up all of them.
  /// - Returns: whether there were any.
  @discardableResult
  func release() -> Bool {
    let descriptors = held.withLock { held in
      defer { held = [] }
      return held
    }
    for descriptor in descriptors { close(descriptor) }
    return !descriptors.isEmpty
  }

  /// Takes them again, as far as there are any.
  func fill() {
    held.withLock { held in
      while held.count < count {
        let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        held.append(descriptor)
      }
    }
  }
}
