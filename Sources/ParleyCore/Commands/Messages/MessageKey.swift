import IRC
import ParleyStore

/// `+parley.chat/key=DEVICE.COUNTER`: the sender's own name for a message, so that a retry is recognised (docs/protocol.md).
enum MessageKey {
  static let tag = "+parley.chat/key"

  struct Problem: Error {
    let text = "The key must read DEVICE.COUNTER, with a counter from 1"
  }

  /// nil: there is none.
  static func parse(_ message: Message) -> Result<(device: String, counter: Int64)?, Problem> {
    guard let tag = message.tags.first(where: { $0.key == tag }) else { return .success(nil) }
    guard let dot = tag.value.lastIndex(of: "."), let counter = Int64(tag.value[tag.value.index(after: dot)...]),
      counter > 0
    else { return .failure(Problem()) }
    let device = tag.value[..<dot]
    guard (1...64).contains(device.utf8.count) else { return .failure(Problem()) }
    return .success((String(device), counter))
  }

  /// FNV-1a over where it is said, whatever that is called now, and everything that is said.
  static func bodyHash(_ kind: EventKind, _ conversation: Conversation, _ parts: [String]) -> Int64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    mix(kind.rawValue)
    let place =
      switch conversation {
      case .room(let id): "room \(id.rawValue)"
      case .direct(let one, let other): "\(one.rawValue) \(other.rawValue)"
      }
    for part in [place] + parts {
      for byte in part.utf8 { mix(byte) }
      mix(0)
    }
    return Int64(bitPattern: hash)
  }
}
