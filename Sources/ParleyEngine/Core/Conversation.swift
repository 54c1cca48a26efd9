import IRC
import ParleyCache
import ParleySession

/// A chat as the engine's core holds it.
struct Conversation {
  enum Sync {
    /// No connection, or not in the room.
    case away
    /// Everything up to now is here; what comes is stored as it comes.
    case live
    /// What was missed is being fetched; what comes meanwhile waits behind it.
    case catchingUp(CatchingUp)
  }

  var row: ChatRow
  var isJoined = false
  /// A JOIN was sent and not answered.
  var isJoining = false
  /// When we came in, by the server's clock.
  var joinedAt: Timestamp?
  var sync = Sync.away
  /// A room that we have not been in before, on a network without history: what is played back was not said to us.
  var isNew = false
  /// Requests that wait until we are in the room.
  var joinRequests: [Int64] = []
  /// The host wants to be in again, and the server has not said yet that we are out.
  var joinsAgain = false

  var isPerson: Bool { row.kind == .person }

  var isLive: Bool { if case .live = sync { true } else { false } }

  /// The host has left while there was no connection, or the server never said that we are out. An account that stays in its
  /// rooms is still in this one: it leaves as soon as the server says so.
  var untold: Timestamp? {
    row.settings[ChatKey.untold].flatMap { Int64($0) }.map { Timestamp(milliseconds: $0) }
  }

  var isLeaving: Bool { row.settings[ChatKey.leaving] != nil }
}

extension EngineCore {
  /// An identity's chats by their numbers: what is done for each of them is done in this order.
  func conversations(of identity: Identity) -> [(Int64, Conversation)] {
    conversations.filter { $0.value.row.identity == identity.id }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

/// Settings of chats that hosts do not see.
enum ChatKey {
  static let leaving = "state.leaving"
  /// Up to when we have read, in milliseconds, while the server may not know.
  static let untold = "state.untold"
}

struct CatchingUp {
  enum Held {
    case message(ReceivedMessage)
    case event(RoomEvent)
    /// To a message that may be waiting here, too.
    case change(SessionEvent)
  }

  /// The most that waits.
  static let limit = 2_000

  var held: [Held] = []
  var pages = 0
  /// Messages that have been fetched.
  var fetched = 0
  /// Pages in a row that brought nothing that is not here.
  var stalePages = 0
  /// The next page is asked for when the host has dispatched what waits for it.
  var isWaitingForHost = false
  /// More came meanwhile than may wait: it is dropped, and fetched from the server's history behind what is being fetched.
  var hasOverflowed = false
  /// Where the next page of a rewinding ends; nil: at the cursor.
  var rewindsTo: Position?
  /// Messages of ours that may have arrived before the connection was lost: they are answered first, so that history does not
  /// show them beside those that are still pending.
  var unanswered: Set<Int64> = []
}
