package import NIOHTTP1
package import ParleyCore

/// Whom an HTTP request was made for, as the proxies that passed it on have written into it: `X-Forwarded-For`, or `Forwarded` (RFC 7239).
///
/// Each proxy adds the address that it was connected from at the end. The last entry that is not a proxy's own is therefore the client,
/// and what stands before it is the client's claim.
package enum ForwardedFor: Equatable {
  /// There is no such header.
  case absent
  /// Two headers that name different clients: one of them has passed a proxy that does not write it.
  case contradictory
  /// - isKnown: false where a proxy has written something else than an address; `address` is then its own.
  case client(NetworkAddress, isKnown: Bool, isSecure: Bool)

  private struct Hop {
    /// nil: `unknown`, an obfuscated identifier, or nonsense.
    var address: NetworkAddress?
    /// nil: the proxy does not say.
    var isSecure: Bool?
  }

  /// - Parameters:
  ///   - sender: the proxy that has sent the request.
  ///   - proxies: whose entries are believed.
  package init(_ headers: HTTPHeaders, from sender: NetworkAddress, proxies: [Network]) {
    let claims = [Self.forwarded(headers), Self.legacy(headers)].filter { !$0.isEmpty }
      .map { Self.claim($0, sender, proxies) }
    guard let first = claims.first else {
      self = .absent
      return
    }
    let hops = claims.map(\.hop)
    guard claims.allSatisfy({ $0.address == first.address && $0.hop.address == first.hop.address }) else {
      self = .contradictory
      return
    }
    // A proxy may write the scheme into one header only. Where both name one, both have to name a secure one.
    let isSecure = hops.contains { $0.isSecure == true } && !hops.contains { $0.isSecure == false }
    self = .client(first.address, isKnown: first.hop.address != nil, isSecure: isSecure)
  }

  /// The entry that tells of the client, and the last address that is known.
  private static func claim(
    _ hops: [Hop], _ sender: NetworkAddress, _ proxies: [Network]
  ) -> (address: NetworkAddress, hop: Hop) {
    var result = (address: sender, hop: Hop())
    for hop in hops.reversed() {
      guard let address = hop.address else { return (result.address, Hop(isSecure: result.hop.isSecure)) }
      result = (address, hop)
      if !proxies.contains(where: { $0.contains(address) }) { break }
    }
    return result
  }

  // MARK: - The headers

  private static func legacy(_ headers: HTTPHeaders) -> [Hop] {
    let scheme = list(headers["X-Forwarded-Proto"]).last
    return list(headers["X-Forwarded-For"]).map { Hop(address: node($0), isSecure: scheme.map(isSecure)) }
  }

  private static func list(_ values: [String]) -> [String] {
    values.joined(separator: ",").utf8.split(separator: UInt8(ascii: ",")).map { trimmed($0) }.filter { !$0.isEmpty }
  }

  private static func forwarded(_ headers: HTTPHeaders) -> [Hop] {
    split(headers["Forwarded"].joined(separator: ",").utf8[...], at: UInt8(ascii: ",")).map { element in
      var hop = Hop()
      for pair in split(element, at: UInt8(ascii: ";")) {
        guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
        let value = unquoted(trimmed(pair[pair.index(after: equals)...]))
        switch trimmed(pair[..<equals]).lowercased() {
        case "for": hop.address = node(value)
        case "proto": hop.isSecure = isSecure(value)
        default: break
        }
      }
      return hop
    }
  }

  private static func isSecure(_ scheme: String) -> Bool { ["https", "wss"].contains(scheme.lowercased()) }

  /// The parts that are not blank, split where no quotation marks are around.
  ///
  /// Reads from the right, because what a proxy has added stands there: quotation marks that a client left open cannot reach it. Compares
  /// bytes, because a character can hold a separator and what a client wrote before it.
  private static func split(_ text: Substring.UTF8View, at separator: UInt8) -> [Substring.UTF8View] {
    var parts: [Substring.UTF8View] = []
    var end = text.endIndex
    var index = end
    var isQuoted = false
    func add(from start: String.Index) {
      if !trimmed(text[start..<end]).isEmpty { parts.append(text[start..<end]) }
    }
    while index > text.startIndex {
      let following = index
      index = text.index(before: index)
      switch text[index] {
      case UInt8(ascii: "\""):
        // Backslashes escape it only within a quoted string.
        let escapes = text[..<index].reversed().prefix { $0 == UInt8(ascii: "\\") }.count
        if !isQuoted || escapes.isMultiple(of: 2) { isQuoted.toggle() }
      case separator where !isQuoted:
        add(from: following)
        end = index
      default: break
      }
    }
    add(from: text.startIndex)
    return parts.reversed()
  }

  private static func unquoted(_ text: String) -> String {
    guard text.count >= 2, text.first == "\"", text.last == "\"" else { return text }
    var result = ""
    var isEscaped = false
    for character in text.dropFirst().dropLast() {
      isEscaped = character == "\\" && !isEscaped
      if !isEscaped { result.append(character) }
    }
    return result
  }

  /// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`; nil for anything else.
  private static func node(_ text: String) -> NetworkAddress? {
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]"), isPort(text[text.index(after: end)...]) else { return nil }
      let inside = text[text.index(after: text.startIndex)..<end]
      return inside.contains(":") ? NetworkAddress(inside) : nil
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 2 { return isPort(text[parts[0].endIndex...]) ? NetworkAddress(parts[0]) : nil }
    return NetworkAddress(text)
  }

  /// Nothing, or a colon and a number (or the identifier that a proxy may write in its place).
  private static func isPort(_ text: Substring) -> Bool {
    if text.isEmpty { return true }
    guard text.first == ":", (2...7).contains(text.utf8.count) else { return false }
    return text.utf8.dropFirst().allSatisfy { (0x30...0x39).contains($0) } || text.dropFirst().first == "_"
  }

  private static func trimmed(_ bytes: Substring.UTF8View) -> String {
    let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    let rest = bytes.drop(while: isBlank)
    return String(decoding: rest.prefix(rest.count - rest.reversed().prefix(while: isBlank).count), as: UTF8.self)
  }
}
