public import IRC
public import ParleyStore

/// A message of several lines (draft/multiline).
public struct MultilineText: Sendable {
  /// Without tags and text: `:source PRIVMSG target :`.
  public let prefix: [UInt8]
  /// `:source BATCH `, and ` draft/multiline target` behind the reference.
  public let source: [UInt8]
  public let target: String
  /// As it is stored: lines end with LF, or with CR where the next one continues them.
  private let text: [UInt8]
  fileprivate let lineCount: Int

  /// - Parameter text: as `Multiline` writes it.
  public init(prefix: [UInt8], source: [UInt8], target: String, text: String) {
    self.prefix = prefix
    self.source = source
    self.target = target
    self.text = Array(text.utf8)
    lineCount = Multiline.lineCount(text)
  }

  struct Line {
    let text: ArraySlice<UInt8>
    let isConcatenated: Bool
    /// Where the next one begins.
    let next: Int
  }

  /// The line that begins there; nil: behind the last one. They are not kept apart, because a message has up to 1,000.
  func line(at start: Int) -> Line? {
    guard start <= text.count else { return nil }
    let end = text[start...].firstIndex(where: Multiline.isEnd) ?? text.count
    return Line(
      text: text[start..<end], isConcatenated: start > 0 && text[start - 1] == Multiline.joint, next: end + 1)
  }

  /// Where the first line begins that is not blank.
  fileprivate var firstVisibleLine: Int? { text.firstIndex { !Multiline.isEnd($0) } }

  fileprivate func size(tagBytes: Int) -> Int {
    source.count + target.utf8.count + 100 + text.count + lineCount * (prefix.count + 2 + tagBytes)
  }
}

/// One line, or one message of several, for many recipients. Encoded once per distinct set of capabilities that matter, on each loop.
public final class Delivery: Sendable {
  /// Without tags, with CR LF: `:source COMMAND parameters`.
  public let line: [UInt8]
  /// Another form of the line for those who have the capability, e.g. JOIN with account and real name.
  public let alternative: (capability: Capability, line: [UInt8])?
  /// Instead of `line`: several.
  public let multiline: MultilineText?
  /// Only those who have it get the line at all, e.g. AWAY with away-notify.
  public let requires: Capability?
  public let time: Timestamp
  public let messageID: String
  /// The sender's account; empty: none.
  public let account: String
  /// Client-only tags in wire form without `@`; empty: none.
  public let clientTags: String
  /// Sequence number in the conversation; 0: none.
  public let sequence: Int64
  /// Place in the log of what a reader who missed the delivery is shown from there; 0: the delivery cannot be had again.
  public let position: LogPosition
  /// About how many bytes it has for a reader, at most.
  public let size: Int

  public init(
    line: [UInt8], alternative: (capability: Capability, line: [UInt8])? = nil, multiline: MultilineText? = nil,
    requires: Capability? = nil, time: Timestamp, messageID: String = "", account: String = "", clientTags: String = "",
    sequence: Int64 = 0, position: LogPosition = 0
  ) {
    self.line = line
    self.alternative = alternative
    self.multiline = multiline
    self.requires = requires
    self.time = time
    self.messageID = messageID
    self.account = account
    self.clientTags = clientTags
    self.sequence = sequence
    self.position = position
    size =
      Self.tagBytes + clientTags.utf8.count + max(line.count, alternative?.line.count ?? 0)
      + (multiline.map { $0.size(tagBytes: Self.tagBytes) } ?? 0)
  }

  static let botTag = "bot"
  /// Bytes of the server's own tags on one line, about.
  static let tagBytes = 160
  /// Bytes of client tags on all the lines of one message together, if each line carries them.
  private static let repeatedTagBytes = 512

  /// Capabilities that change the bytes of any delivery.
  public static let tagCapabilities: CapabilitySet = [.serverTime, .messageTags, .accountTag, .parleySeq]

  /// Whether each line of a message of several carries the client tags for those who get the lines singly. Otherwise the
  /// first one does, because 1,000 copies of 4 KB of tags would be more than any reader can take.
  private var repeatsClientTags: Bool {
    guard let multiline else { return false }
    return multiline.lineCount * clientTags.utf8.count <= Self.repeatedTagBytes
  }

  /// All that make a difference to this one.
  public var relevant: CapabilitySet {
    var set = Self.tagCapabilities
    if let requires { set.insert(requires) }
    if let alternative { set.insert(alternative.capability) }
    if multiline != nil {
      set.insert(.draftMultiline)
      set.insert(.batch)
    }
    return set
  }

  /// The bits of `capabilities` that make a difference for this line: the key of the encoding cache. nil: not for them.
  public func encodingKey(_ capabilities: CapabilitySet) -> CapabilitySet? {
    if let requires, !capabilities.contains(requires) { return nil }
    var key = capabilities.intersection(Self.tagCapabilities)
    if let alternative, capabilities.contains(alternative.capability) { key.insert(alternative.capability) }
    if multiline != nil { key = key.union(capabilities.intersection([.draftMultiline, .batch])) }
    return key
  }

  /// Appends the line with the tags that these capabilities ask for.
  /// - Parameters:
  ///   - label: the labeled-response label, for the sender's own echo.
  ///   - batch: the reference of the batch this line stands in.
  ///   - mark: a tag without value that the line gets from whoever asks.
  public func encode(
    for capabilities: CapabilitySet, label: String? = nil, batch: String? = nil, mark: String? = nil,
    into bytes: inout [UInt8]
  ) {
    if multiline != nil {
      var next = 0
      encodeLines(for: capabilities, label: label, batch: batch, from: &next, bytes: .max, into: &bytes)
      return
    }
    appendTags(capabilities, label: label, batch: batch, mark: mark, isFirst: true, to: &bytes)
    if let alternative, capabilities.contains(alternative.capability) {
      bytes.append(contentsOf: alternative.line)
    } else {
      bytes.append(contentsOf: line)
    }
  }

  /// Appends some lines of a message of several.
  /// - Parameters:
  ///   - next: where the first of them begins; afterwards where the one that follows does.
  ///   - limit: nothing more is begun after so many bytes.
  func encodeLines(
    for capabilities: CapabilitySet, label: String? = nil, batch: String?, from next: inout Int, bytes limit: Int,
    into bytes: inout [UInt8]
  ) {
    guard let multiline else { return }
    if capabilities.contains(.draftMultiline), capabilities.contains(.batch) {
      encodeBatch(multiline, capabilities, label: label, batch: batch, from: &next, limit: limit, into: &bytes)
    } else {
      encodeSingly(multiline, capabilities, label: label, batch: batch, from: &next, limit: limit, into: &bytes)
    }
  }

  private func encodeBatch(
    _ text: MultilineText, _ capabilities: CapabilitySet, label: String?, batch: String?, from next: inout Int,
    limit: Int, into bytes: inout [UInt8]
  ) {
    let start = bytes.count
    if next == 0 {
      appendTags(capabilities, label: label, batch: batch, mark: nil, isFirst: true, to: &bytes)
      // No other batch has a message's id for its name.
      bytes.append(contentsOf: text.source)
      bytes.append(utf8: "BATCH +\(messageID) draft/multiline \(text.target)\r\n")
    }
    while bytes.count - start < limit, let line = text.line(at: next) {
      bytes.append(utf8: line.isConcatenated ? "@batch=\(messageID);draft/multiline-concat " : "@batch=\(messageID) ")
      bytes.append(contentsOf: text.prefix)
      bytes.append(contentsOf: line.text)
      bytes.append(contentsOf: [13, 10])
      next = line.next
    }
    guard text.line(at: next) == nil else { return }
    bytes.append(contentsOf: text.source)
    bytes.append(utf8: "BATCH -\(messageID)\r\n")
  }

  /// "Servers MUST NOT send blank lines to clients that have not negotiated the multiline capability". The message id stands
  /// on the first line only.
  private func encodeSingly(
    _ text: MultilineText, _ capabilities: CapabilitySet, label: String?, batch: String?, from next: inout Int,
    limit: Int, into bytes: inout [UInt8]
  ) {
    let start = bytes.count
    while bytes.count - start < limit, let line = text.line(at: next) {
      if !line.text.isEmpty {
        let isFirst = next == text.firstVisibleLine
        appendTags(capabilities, label: isFirst ? label : nil, batch: batch, mark: nil, isFirst: isFirst, to: &bytes)
        bytes.append(contentsOf: text.prefix)
        bytes.append(contentsOf: line.text)
        bytes.append(contentsOf: [13, 10])
      }
      next = line.next
    }
  }

  private func appendTags(
    _ capabilities: CapabilitySet, label: String?, batch: String?, mark: String?, isFirst: Bool,
    to bytes: inout [UInt8]
  ) {
    var tags = TagWriter(&bytes)
    if let batch { tags.write("batch", escaped: batch, to: &bytes) }
    if let label { tags.write("label", value: label, to: &bytes) }
    if capabilities.contains(.serverTime) {
      tags.begin("time", to: &bytes)
      time.appendISO8601(to: &bytes)
    }
    if isFirst, !messageID.isEmpty, capabilities.contains(.messageTags) {
      tags.write("msgid", escaped: messageID, to: &bytes)
    }
    if !account.isEmpty, capabilities.contains(.accountTag) { tags.write("account", escaped: account, to: &bytes) }
    if isFirst, sequence > 0, capabilities.contains(.parleySeq) {
      tags.write("parley.chat/seq", escaped: String(sequence), to: &bytes)
    }
    if !clientTags.isEmpty, capabilities.contains(.messageTags) {
      if isFirst || repeatsClientTags {
        tags.writeRaw(clientTags, to: &bytes)
      } else if clientTags == Self.botTag || clientTags.hasPrefix(Self.botTag + ";") {
        // The server's own: "all messages" of a bot carry it (bot-mode).
        tags.writeRaw(Self.botTag, to: &bytes)
      }
    }
    if let mark, capabilities.contains(.messageTags) { tags.writeRaw(mark, to: &bytes) }
    tags.end(&bytes)
  }
}

/// Writes `@a=b;c ` piece by piece, and nothing at all when there is no tag.
struct TagWriter {
  private var isEmpty = true

  init(_ bytes: inout [UInt8]) {}

  mutating func begin(_ key: String, to bytes: inout [UInt8]) {
    separate(&bytes)
    bytes.append(utf8: key)
    bytes.append(UInt8(ascii: "="))
  }

  /// A value that needs no escaping.
  mutating func write(_ key: String, escaped value: String, to bytes: inout [UInt8]) {
    begin(key, to: &bytes)
    bytes.append(utf8: value)
  }

  mutating func write(_ key: String, value: String, to bytes: inout [UInt8]) {
    begin(key, to: &bytes)
    TagEscape.append(value, to: &bytes)
  }

  mutating func writeRaw(_ tags: String, to bytes: inout [UInt8]) {
    separate(&bytes)
    bytes.append(utf8: tags)
  }

  mutating func end(_ bytes: inout [UInt8]) {
    if !isEmpty { bytes.append(UInt8(ascii: " ")) }
  }

  private mutating func separate(_ bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: isEmpty ? "@" : ";"))
    isEmpty = false
  }
}

/// Lines that are written in parts: a message of 1,000 lines takes many slices.
struct PartialDelivery {
  private enum Lines {
    case delivery(Delivery, nextLine: Int)
    /// What has been encoded already.
    case bytes(ArraySlice<UInt8>)
  }

  private let batch: String?
  private var lines: Lines

  init(_ delivery: Delivery, inBatch batch: String?) {
    self.batch = batch
    lines = .delivery(delivery, nextLine: 0)
  }

  /// Many short lines, which take less memory as bytes.
  init(encoded bytes: [UInt8], inBatch batch: String?) {
    self.batch = batch
    // Without the room that the array had to grow.
    lines = .bytes(bytes.withUnsafeBytes { Array($0) }[...])
  }

  /// Appends what there is room for.
  /// - Returns: whether this was all.
  mutating func write(for capabilities: CapabilitySet, bytes limit: Int, into bytes: inout [UInt8]) -> Bool {
    switch lines {
    case .delivery(let delivery, var nextLine):
      guard let text = delivery.multiline else {
        delivery.encode(for: capabilities, batch: batch, into: &bytes)
        return true
      }
      delivery.encodeLines(for: capabilities, batch: batch, from: &nextLine, bytes: limit, into: &bytes)
      lines = .delivery(delivery, nextLine: nextLine)
      return text.line(at: nextLine) == nil
    case .bytes(let rest):
      // Whole lines: what others say may come between two slices.
      let end = rest.dropFirst(max(0, limit - 1)).firstIndex(of: 10).map { $0 + 1 } ?? rest.endIndex
      bytes.append(contentsOf: rest[..<end])
      lines = .bytes(rest[end...])
      return end == rest.endIndex
    }
  }

  func isFor(_ capabilities: CapabilitySet) -> Bool {
    switch lines {
    case .delivery(let delivery, _): delivery.encodingKey(capabilities) != nil
    case .bytes(let bytes): !bytes.isEmpty
    }
  }

  var isInBatch: Bool { batch != nil }
}
