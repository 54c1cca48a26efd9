#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Looks up one host with the system's resolver, on a thread that lives as long as the question. The system's function cannot be
/// interrupted: once the question is given up, the thread touches nothing but this object.
final class HostLookup: Sendable {
  private struct State {
    var answer: Result<[SocketAddress], ConnectionFailure>?
    var isOver = false
    /// Set when the answer has come; nil: it is not waited for any more.
    var signal: Signal?
  }

  private let state: Locked<State>
  private let thread: SystemThread

  /// nil: there can be no more threads.
  init?(_ host: String, port: UInt16, signal: Signal) {
    let state = Locked(State(signal: signal))
    let thread = SystemThread {
      let answer = Self.ask(host, port)
      state.withLock { state in
        state.answer = answer
        state.isOver = true
        state.signal?.set()
        state.signal = nil
      }
    }
    guard let thread else { return nil }
    self.state = state
    self.thread = thread
  }

  /// nil: none has come yet.
  var answer: Result<[SocketAddress], ConnectionFailure>? { state.withLock { $0.answer } }

  func giveUp() { state.withLock { $0.signal = nil } }

  /// Joins the thread if it is at its end. Returns whether it was.
  func join() -> Bool {
    guard state.withLock({ $0.isOver }) else { return false }
    thread.join()
    return true
  }

  /// Leaves the thread to itself.
  func leave() {
    giveUp()
    thread.detach()
  }

  /// The host's addresses, of both families, in the system's order. Blocks.
  private static func ask(_ host: String, _ port: UInt16) -> Result<[SocketAddress], ConnectionFailure> {
    var first: UnsafeMutablePointer<addrinfo>?
    // Without hints each address comes once for each type of socket.
    let code = getaddrinfo(host, String(port), nil, &first)
    guard code == 0 else {
      switch code {
      case EAI_AGAIN: return .failure(.noNameService)
      case EAI_MEMORY: return .failure(.noRoom)
      case EAI_SYSTEM: return .failure(errno == EMFILE || errno == ENFILE ? .noRoom : .noNameService)
      default: return .failure(.unknownHost)
      }
    }
    defer { freeaddrinfo(first) }
    var addresses: [SocketAddress] = []
    var next = first
    while let entry = next?.pointee {
      if let address = SocketAddress(entry.ai_addr, size: entry.ai_addrlen), !addresses.contains(address) {
        addresses.append(address)
      }
      next = entry.ai_next
    }
    return addresses.isEmpty ? .failure(.unknownHost) : .success(addresses)
  }
}
