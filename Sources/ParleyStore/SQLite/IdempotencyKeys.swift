import IRC
import SQLite

/// Remembers for each device of a sender what became of its last 1,000 counters.
///
/// Like `EventLog` it must `forget()` what it remembers after any rollback.
final class IdempotencyKeys {
  enum Verdict {
    case new
    /// The same message before, at this place; its sequence is 0 if only its event can tell the rest.
    case seen(position: LogPosition, sequence: Int64, time: Timestamp)
    case refused(Refusal)
  }

  static let window: Int64 = 1_000
  /// Rows for each device: the window, rounded up.
  static let slots: Int64 = 1_024
  private static let rememberedDevices = 65_536

  private struct Name: Hashable {
    var sender: Identity
    var device: String
  }

  private struct Device {
    var id: Int64
    var highest: Int64
  }

  private let database: Database
  private let insert: Statement
  private var devices: [Name: Device] = [:]

  init(_ database: Database) throws(SQLiteError) {
    self.database = database
    insert = try database.statement(
      "INSERT OR REPLACE INTO results(slot, counter, hash, position, sequence, time) VALUES (?, ?, ?, ?, ?, ?)")
  }

  func forget() { devices.removeAll(keepingCapacity: true) }

  func judge(_ key: IdempotencyKey, of sender: Identity) throws(SQLiteError) -> Verdict {
    guard key.counter > 0 else { return .refused(.keyTooOld) }
    guard let device = try find(Name(sender: sender, device: key.device)) else { return .new }
    if key.counter > device.highest { return .new }
    if key.counter <= device.highest - Self.window { return .refused(.keyTooOld) }
    let result = try database.statement("SELECT counter, hash, position, sequence, time FROM results WHERE slot = ?")
      .first(Self.slot(device.id, key.counter)) { ($0.int(0), $0.int(1), $0.int(2), $0.int(3), $0.int(4)) }
    guard let (counter, hash, position, sequence, time) = result, counter == key.counter else { return .new }
    guard hash == key.bodyHash else { return .refused(.keyReused) }
    return .seen(position: position, sequence: sequence, time: Timestamp(milliseconds: time))
  }

  /// Only after `judge` said that it is new.
  func record(
    _ key: IdempotencyKey, of sender: Identity, at place: (position: LogPosition, sequence: Int64, time: Timestamp)
  ) throws(SQLiteError) {
    let name = Name(sender: sender, device: key.device)
    var device: Device
    if let known = try find(name) { device = known } else { device = try make(name) }
    try insert.bind(Self.slot(device.id, key.counter), at: 1)
    try insert.bind(key.counter, at: 2)
    try insert.bind(key.bodyHash, at: 3)
    try insert.bind(place.position, at: 4)
    try insert.bind(place.sequence, at: 5)
    try insert.bind(place.time.milliseconds, at: 6)
    _ = try insert.step()
    if key.counter > device.highest {
      device.highest = key.counter
      remember(device, name)
    }
  }

  /// Drops all keys of a sender who will not come back.
  func drop(_ sender: Identity) throws(SQLiteError) {
    var ids: [Int64] = []
    try database.statement("SELECT id FROM sender_devices WHERE sender = ?").eachRow(sender.rawValue) {
      ids.append($0.int(0))
      return true
    }
    for id in ids {
      try database.statement("DELETE FROM results WHERE slot BETWEEN ? AND ?")
        .run(id * Self.slots, id * Self.slots + Self.slots - 1)
    }
    if ids.isEmpty { return }
    try database.statement("DELETE FROM sender_devices WHERE sender = ?").run(sender.rawValue)
    forget()
  }

  private static func slot(_ device: Int64, _ counter: Int64) -> Int64 { device * slots + counter % slots }

  private func find(_ name: Name) throws(SQLiteError) -> Device? {
    if let device = devices[name] { return device }
    let id = try database.statement("SELECT id FROM sender_devices WHERE sender = ? AND device = ?")
      .first(name.sender.rawValue, name.device) { $0.int(0) }
    guard let id else { return nil }
    let highest = try database.statement("SELECT max(counter) FROM results WHERE slot BETWEEN ? AND ?")
      .first(id * Self.slots, id * Self.slots + Self.slots - 1) { $0.int(0) }
    let device = Device(id: id, highest: highest ?? 0)
    remember(device, name)
    return device
  }

  private func make(_ name: Name) throws(SQLiteError) -> Device {
    let id = try database.statement("INSERT INTO sender_devices(sender, device) VALUES (?, ?) RETURNING id")
      .first(name.sender.rawValue, name.device) { $0.int(0) }
    return Device(id: id ?? 0, highest: 0)
  }

  private func remember(_ device: Device, _ name: Name) {
    if devices.count >= Self.rememberedDevices { forget() }
    devices[name] = device
  }
}
