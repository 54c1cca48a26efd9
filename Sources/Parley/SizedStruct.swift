import ParleyEngine

/// A struct of the header that begins with its own size, as the program knows it: older programs have less of it, newer ones more.
struct SizedStruct<Value> {
  /// More than any version will have: no size at all.
  private static var maximumSize: Int { 4_096 }

  private let start: UnsafeRawPointer
  private let size: Int

  /// What this library does not know has to be zero: a wish that cannot be fulfilled is not ignored.
  init(_ pointer: UnsafePointer<Value>) throws(EngineError) {
    start = UnsafeRawPointer(pointer)
    size = start.load(as: Int.self)
    guard size >= MemoryLayout<Int>.size, size <= Self.maximumSize else { throw .argument }
    let known = MemoryLayout<Value>.size
    guard size <= known || (known..<size).allSatisfy({ start.load(fromByteOffset: $0, as: UInt8.self) == 0 }) else {
      throw .argument
    }
  }

  /// nil: the program knows no such field.
  subscript<Field>(_ field: KeyPath<Value, Field>) -> Field? {
    guard let offset = MemoryLayout<Value>.offset(of: field), offset + MemoryLayout<Field>.size <= size else {
      return nil
    }
    return start.load(fromByteOffset: offset, as: Field.self)
  }
}
