/// Looks through a write-ahead log for damage that SQLite would pass over: its recovery ends at the first frame that is not right, without
/// a word, because it takes that frame for the end of what was written before a crash.
///
/// Every commit is synced before the next transaction begins (`synchronous = FULL`, set for each connection of a store that writes; the
/// header is synced before the first frame). So a crash can tear the last transaction only. Frames that SQLite does not accept, but
/// that follow each other without a break and hold two commits, were on the disk as a whole when the second began: bytes before
/// or among them have changed since. Damage within the last transaction cannot be told from a crash.
///
/// Not damage: a torn last transaction, what an earlier generation of the log (with other salts) or a transaction that was rolled back
/// left behind the end, zeros, and a file that is too short for a frame.
///
/// The format is in <https://www.sqlite.org/walformat.html>. One frame at a time is in memory.
struct LogScan {
  static let headerSize = 32
  static let frameHeaderSize = 24

  /// Fills the buffer from an offset of the log; false: there is not as much.
  typealias Read = (_ buffer: UnsafeMutableRawBufferPointer, _ offset: Int) -> Bool

  private struct Sum: Equatable {
    var first: UInt32 = 0
    var second: UInt32 = 0

    /// - Parameter bytes: a multiple of eight.
    mutating func add(_ bytes: UnsafeRawBufferPointer, isBigEndian: Bool) {
      var offset = 0
      while offset < bytes.count {
        let one = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        let two = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
        first &+= (isBigEndian ? UInt32(bigEndian: one) : UInt32(littleEndian: one)) &+ second
        second &+= (isBigEndian ? UInt32(bigEndian: two) : UInt32(littleEndian: two)) &+ first
        offset += 8
      }
    }
  }

  private struct Header {
    var isRight: Bool
    var isBigEndian: Bool
    var pageSize: Int
    var salts: UInt64
    var stored: Sum
    var computed: Sum
  }

  private let pageSizeOfDatabase: Int
  private let read: Read

  /// - Parameter pageSizeOfDatabase: for a header that does not tell.
  init(pageSizeOfDatabase: Int, read: @escaping Read) {
    self.pageSizeOfDatabase = pageSizeOfDatabase
    self.read = read
  }

  /// Where the log is damaged, in words; nil: nowhere, as far as it can be told.
  func damage() -> String? {
    guard let header = header() else { return nil }
    let frame = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.frameHeaderSize + header.pageSize, alignment: 16)
    defer { frame.deallocate() }
    let page = UnsafeRawBufferPointer(frame)

    // What SQLite has accepted so far: its sum, and where it ended.
    var accepted = header.isRight ? header.stored : nil
    var end = 0
    // Frames behind that follow each other: the last one's sums, its salts, and how many commits they hold. A damaged sum is its own
    // frame's, so the next frame may also follow what the sum should have been.
    var chain: (stored: Sum, computed: Sum?, salts: UInt64, commits: Int)?
    // A header that is wrong was synced before the first frame: one commit behind it is enough.
    if !header.isRight { chain = (header.stored, header.computed, header.salts, 1) }

    var offset = Self.headerSize
    while read(frame, offset) {
      defer { offset += frame.count }
      let number = Self.word(page, 0)
      let isCommit = Self.word(page, 4) != 0
      let salts = Self.salts(page, 8)
      let stored = Sum(first: Self.word(page, 16), second: Self.word(page, 20))
      func sum(after start: Sum) -> Sum {
        var sum = start
        sum.add(UnsafeRawBufferPointer(rebasing: page[..<8]), isBigEndian: header.isBigEndian)
        sum.add(
          UnsafeRawBufferPointer(rebasing: page[Self.frameHeaderSize...]), isBigEndian: header.isBigEndian)
        return sum
      }
      if let before = accepted {
        let computed = sum(after: before)
        if number != 0, salts == header.salts, computed == stored {
          accepted = stored
          continue
        }
        (accepted, end) = (nil, offset)
        chain = number == 0 && stored == Sum() ? nil : (stored, computed, header.salts, isCommit ? 1 : 0)
        continue
      }
      let isOfLog = number != 0 && (header.isRight ? salts == header.salts : salts != 0)
      guard isOfLog else {
        chain = nil
        continue
      }
      // The first frame behind a wrong header says which salts are meant: those in the header may be what is wrong.
      if let last = chain, salts == last.salts || offset == Self.headerSize,
        sum(after: last.stored) == stored || last.computed.map({ sum(after: $0) == stored }) == true
      {
        chain = (stored, nil, salts, last.commits + (isCommit ? 1 : 0))
        if isCommit, last.commits > 0 { return end == 0 ? "in its header" : "at byte \(end)" }
      } else {
        chain = (stored, nil, salts, isCommit ? 1 : 0)
      }
    }
    return nil
  }

  /// nil: there is none, or nothing behind it.
  private func header() -> Header? {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.headerSize, alignment: 16)
    defer { buffer.deallocate() }
    guard read(buffer, 0) else { return nil }
    let bytes = UnsafeRawBufferPointer(buffer)
    let magic = Self.word(bytes, 0)
    let size = Int(Self.word(bytes, 8))
    let hasMagic = magic & ~1 == 0x377f_0682
    let hasSize = size >= 512 && size <= 65_536 && size & (size - 1) == 0
    // SQLite writes sums in the byte order of the machine.
    var header = Header(
      isRight: false, isBigEndian: hasMagic ? magic & 1 == 1 : Self.isBigEndianMachine,
      pageSize: hasSize ? size : pageSizeOfDatabase, salts: Self.salts(bytes, 16),
      stored: Sum(first: Self.word(bytes, 24), second: Self.word(bytes, 28)), computed: Sum())
    header.computed.add(UnsafeRawBufferPointer(rebasing: bytes[..<24]), isBigEndian: header.isBigEndian)
    header.isRight = hasMagic && hasSize && header.computed == header.stored
    if !header.isRight {
      header.isBigEndian = Self.isBigEndianMachine
      if pageSizeOfDatabase >= 512 { header.pageSize = pageSizeOfDatabase }
    }
    return header
  }

  private static var isBigEndianMachine: Bool { UInt32(1).bigEndian == 1 }

  private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt32 {
    UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  private static func salts(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
    UInt64(word(bytes, offset)) << 32 | UInt64(word(bytes, offset + 4))
  }
}
