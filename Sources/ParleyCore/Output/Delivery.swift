public import IRC

/// One line for many recipients. Encoded once per distinct set of capabilities that matter, on each loop.
public final class Delivery: Sendable {
  /// Without tags, with CR LF: `:source COMMAND parameters`.
  public let line: [UInt8]
  /// Another form of the line for those who have the capability, e.g. JOIN with account and real name.
  public let alternative: (capability: Capability, line: [UInt8])?
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

  public init(
    line: [UInt8], alternative: (capability: Capability, line: [UInt8])? = nil, requires: Capability? = nil,
    time: Timestamp, messageID: String = "", account: String = "", clientTags: String = "", sequence: Int64 = 0
  ) {
    self.line = line
    self.alternative = alternative
    self.requires = requires
    self.time = time
    self.messageID = messageID
    self.account = account
    self.clientTags = clientTags
    self.sequence = sequence
  }

  /// Capabilities that change the bytes of any delivery.
  public static let tagCapabilities: CapabilitySet = [.serverTime, .messageTags, .accountTag, .parleySeq]

  /// The bits of `capabilities` that make a difference for this line: the key of the encoding cache. nil: not for them.
  public func encodingKey(_ capabilities: CapabilitySet) -> CapabilitySet? {
    if let requires, !capabilities.contains(requires) { return nil }
    var key = capabilities.intersection(Self.tagCapabilities)
    if let alternative, capabilities.contains(alternative.capability) { key.insert(alternative.capability) }
    return key
  }

  /// Appends the line with the tags that these capabilities ask for.
  /// - Parameters:
  ///   - label: the labeled-response label, for the sender's own echo.
  ///   - batch: the reference of the batch this line stands in.
  public func encode(
    for capabilities: CapabilitySet, label: String? = nil, batch: String? = nil, into bytes: inout [UInt8]
  ) {
    var tags = TagWriter(&bytes)
    if let batch { tags.write("batch", escaped: batch, to: &bytes) }
    if let label { tags.write("label", value: label, to: &bytes) }
    if capabilities.contains(.serverTime) {
      tags.begin("time", to: &bytes)
      time.appendISO8601(to: &bytes)
    }
    if !messageID.isEmpty, capabilities.contains(.messageTags) {
      tags.write("msgid", escaped: messageID, to: &bytes)
    }
    if !account.isEmpty, capabilities.contains(.accountTag) { tags.write("account", escaped: account, to: &bytes) }
    if sequence > 0, capabilities.contains(.parleySeq) {
      tags.write("parley.chat/seq", escaped: String(sequence), to: &bytes)
    }
    if !clientTags.isEmpty, capabilities.contains(.messageTags) { tags.writeRaw(clientTags, to: &bytes) }
    tags.end(&bytes)
    if let alternative, capabilities.contains(alternative.capability) {
      bytes.append(contentsOf: alternative.line)
    } else {
      bytes.append(contentsOf: line)
    }
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
