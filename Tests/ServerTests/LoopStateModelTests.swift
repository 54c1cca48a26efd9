import IRC
import ParleyCore
import ParleyServer
import ParleyStore
import Seeded
import Testing

/// The same effects carried out in the most obvious way.
private final class Model {
  struct Client {
    var capabilities: CapabilitySet = []
    var rooms: Set<RoomID> = []
    var isRegistered = false
    var isHeld = false
    var held: [UInt8] = []
    var received: [UInt8] = []
    var isGone = false
  }

  var clients: [ConnectionID: Client] = [:]

  func apply(_ effect: LoopEffect) {
    switch effect {
    case .send(let id, let bytes), .sendSlice(let id, let bytes): change(id) { $0.received += bytes }
    case .deliver(let delivery, .connection(let id)): deliver(delivery, id)
    case .deliver(let delivery, .connections(let ids)): for id in ids { deliver(delivery, id) }
    case .deliver(let delivery, .room(let room, let except)):
      for (id, client) in clients where client.rooms.contains(room) && id != except { deliver(delivery, id) }
    case .deliver(let delivery, .rooms(let rooms, let except)):
      for (id, client) in clients where !client.rooms.isDisjoint(with: rooms) && !except.contains(id) {
        deliver(delivery, id)
      }
    case .deliver(let delivery, .everyone):
      for (id, client) in clients where client.isRegistered { deliver(delivery, id) }
    case .capabilities(let id, let capabilities): change(id) { $0.capabilities = capabilities }
    case .join(let id, let room): change(id) { $0.rooms.insert(room) }
    case .part(let id, let room): change(id) { $0.rooms.remove(room) }
    case .registered(let id): change(id) { $0.isRegistered = true }
    case .hold(let id): change(id) { $0.isHeld = true }
    case .release(let id): change(id) { release(&$0) }
    case .pause, .resume, .guest, .asked, .answered, .reportTaken: break
    case .close(let id, let bytes):
      change(id) {
        $0.held = []
        $0.received += bytes
      }
      remove(id)
    }
  }

  func remove(_ id: ConnectionID) {
    change(id) {
      $0.isGone = true
      $0.rooms = []
      $0.isRegistered = false
    }
  }

  private func release(_ client: inout Client) {
    client.isHeld = false
    client.received += client.held
    client.held = []
  }

  private func change(_ id: ConnectionID, _ body: (inout Client) -> Void) {
    guard clients[id]?.isGone == false else { return }
    clients[id].map {
      var client = $0
      body(&client)
      clients[id] = client
    }
  }

  private func deliver(_ delivery: Delivery, _ id: ConnectionID) {
    change(id) { client in
      guard let key = delivery.encodingKey(client.capabilities) else { return }
      if client.isHeld {
        delivery.encode(for: key, into: &client.held)
      } else {
        delivery.encode(for: key, into: &client.received)
      }
    }
  }
}

@Suite("Fan-out against a model")
struct LoopStateModelTests {
  @Test("Any sequence of effects gives every connection the same bytes as the obvious way", arguments: 1...200)
  func sameBytes(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let state = LoopState<FakeSink>(loop: 0, sendQueueLimit: .max)
    let model = Model()
    var sinks: [ConnectionID: FakeSink] = [:]
    var ids: [ConnectionID] = []
    for _ in 0..<12 {
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        let sink = FakeSink()
        let id = state.add(sink)
        #expect(model.clients[id] == nil, "an identifier was used twice")
        model.clients[id] = .init()
        sinks[id] = sink
        ids.append(id)
      }
      guard !ids.isEmpty else { continue }
      let effects = (0..<Int.random(in: 1...60, using: &random)).map { _ in effect(ids, &random) }
      state.apply(effects)
      state.flush()
      for effect in effects { model.apply(effect) }
      if Int.random(in: 0...2, using: &random) == 0, let id = ids.randomElement(using: &random) {
        state.remove(id)
        model.remove(id)
      }
    }
    for (id, client) in model.clients {
      #expect(
        String(decoding: sinks[id]?.received ?? [], as: UTF8.self) == String(decoding: client.received, as: UTF8.self))
    }
    for room in 1...4 {
      let expected = model.clients.values.filter { $0.rooms.contains(RoomID(Int64(room))) }.count
      #expect(state.memberCount(RoomID(Int64(room))) == expected)
    }
  }

  private func effect(_ ids: [ConnectionID], _ random: inout SeededRandom) -> LoopEffect {
    let id = ids.randomElement(using: &random) ?? ids[0]
    let other = ids.randomElement(using: &random) ?? id
    // Few rooms and long stretches of one room, so that runs form.
    let room = RoomID(Int64.random(in: 1...4, using: &random))
    let bytes = Array("s\(UInt16.random(in: 0...999, using: &random))\n".utf8)
    switch Int.random(in: 0...40, using: &random) {
    case 0...17:
      return .deliver(delivery(&random), to: .room(RoomID(1), except: Bool.random(using: &random) ? id : nil))
    case 18: return .deliver(delivery(&random), to: .room(room, except: id))
    case 19...23: return .send(id, bytes)
    case 24: return .sendSlice(id, bytes)
    case 25: return .deliver(delivery(&random), to: .connection(id))
    case 26: return .deliver(delivery(&random), to: .connections(id == other ? [id] : [id, other]))
    case 27: return .deliver(delivery(&random), to: .rooms([room, RoomID(2), RoomID(3)], except: [id]))
    case 28: return .deliver(delivery(&random), to: .everyone)
    case 29: return .capabilities(id, Bool.random(using: &random) ? [.messageTags, .awayNotify] : [.accountTag])
    case 30...33: return .join(id, room)
    case 34: return .part(id, room)
    case 35: return .registered(id)
    case 36: return .hold(id)
    case 37, 38: return .release(id)
    case 39: return .pause(id)
    default: return .close(id, bytes)
    }
  }

  private func delivery(_ random: inout SeededRandom) -> Delivery {
    let number = UInt16.random(in: 0...9999, using: &random)
    return Delivery(
      line: Array("d\(number)\n".utf8),
      alternative: number % 5 == 0 ? (.messageTags, Array("alternative\(number)\n".utf8)) : nil,
      requires: number % 7 == 0 ? .awayNotify : nil, time: Timestamp(milliseconds: 0),
      messageID: number % 3 == 0 ? "" : "m\(number)", account: number % 2 == 0 ? "" : "acc")
  }
}
