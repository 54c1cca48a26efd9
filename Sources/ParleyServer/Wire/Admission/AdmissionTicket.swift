import ParleyCore
import Synchronization

/// The place of one connection in the `AdmissionTable`. Its state belongs to the table and is read and written under the table's lock.
package final class AdmissionTicket: @unchecked Sendable {
  /// How an address counts.
  package enum Standing: Sendable {
    /// Limited, and it gives way to others until somebody has registered on it, and again when that is a guest who says nothing.
    case ordinary
    /// A proxy's or gateway's: it is not limited, because it speaks for many, but it gives way as others do.
    case carrier
    /// Neither limited nor made to give way.
    case trusted
  }

  private(set) var state = State()
  /// When its guest last said something, by the table's clock. Read and written without the lock, because people speak often.
  private let spokeAt = Atomic<Int64>(0)

  init(displace: @escaping @Sendable () -> Void) { state.displace = displace }

  /// Managed by the table.
  struct State {
    var group: AddressGroup?
    var standing = Standing.trusted
    /// Its position among the connections of its address on which nobody has registered; nil: it is not among them.
    var position: Int?
    /// Its position among the guests of its address; nil: it is not among them.
    var guestPosition: Int?
    /// It has been told to give way and is not gone yet.
    var isLeaving = false
    /// The socket, and what goes on after its end.
    var holders = 1
    var displace: (@Sendable () -> Void)?
  }

  func update<Result>(_ body: (inout State) -> Result) -> Result { body(&state) }

  var lastSpoke: Int64 { spokeAt.load(ordering: .relaxed) }

  func speak(at now: Int64) { if now > lastSpoke { spokeAt.store(now, ordering: .relaxed) } }

  func isIdle(at now: Int64) -> Bool { now - lastSpoke >= AdmissionTable.idleness }
}
