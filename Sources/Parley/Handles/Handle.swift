/// What a pointer of parley.h holds: a number that stands for something, never an address. Numbers are given once while the process
/// lives, so that a handle that is freed, or nonsense, is recognised and not followed.
///
/// From the highest bit down: 4 of the kind, 40 of the serial number of the object that it belongs to, 20 of a row in it. The kind
/// makes it an address that no process has: who follows it anyway crashes at once, and there.
struct Handle {
  enum Kind: UInt64 { case engine = 1, event, page, identity, chat, message, member, room }

  static let serialBits: UInt64 = 40
  static let indexBits: UInt64 = 20
  /// Rows from here on have no handle.
  static let maximumRows = 1 << Int(indexBits)

  let kind: Kind
  let serial: UInt64
  let index: Int

  init(_ kind: Kind, _ serial: UInt64, _ index: Int = 0) {
    self.kind = kind
    self.serial = serial
    self.index = index
  }

  /// nil: it is NULL, or was never given.
  init?(_ pointer: OpaquePointer?) {
    let bits = UInt64(UInt(bitPattern: pointer))
    guard let kind = Kind(rawValue: bits >> (Self.serialBits + Self.indexBits)) else { return nil }
    self.kind = kind
    serial = (bits >> Self.indexBits) & ((1 << Self.serialBits) - 1)
    index = Int(bits & ((1 << Self.indexBits) - 1))
  }

  /// nil: there is no handle for a row as far down as this.
  var pointer: OpaquePointer? {
    guard index >= 0, index < Self.maximumRows else { return nil }
    let bits = kind.rawValue << (Self.serialBits + Self.indexBits) | serial << Self.indexBits | UInt64(index)
    return OpaquePointer(bitPattern: UInt(bits))
  }
}
