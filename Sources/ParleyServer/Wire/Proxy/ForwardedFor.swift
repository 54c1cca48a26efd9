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
    var isSecure: Bool
  }

  /// - Parameters:
  ///   - sender: the proxy that has sent the request.
  ///   - proxies: whose entries are believed.
  package init(_ headers: HTTPHeaders, from sender: NetworkAddress, proxies: [Network]) {
    let candidates = [Self.forwarded(headers), Self.legacy(headers)].filter { !$0.isEmpty }
      .map { Self.client($0, sender, proxies) }
    switch candidates.count {
    case 0: self = .absent
    case 1: self = candidates[0]
    default: self = candidates[0] == candidates[1] ? candidates[0] : .contradictory
    }
  }

  private static func client(_ hops: [Hop], _ sender: NetworkAddress, _ proxies: [Network]) -> ForwardedFor {
    var result = (address: sender, isSecure: false)
    for hop in hops.reversed() {
      guard let address = hop.address else {
        return .client(result.address, isKnown: false, isSecure: result.isSecure)
      }
      result = (address, hop.isSecure)
      if !proxies.contains(where: { $0.contains(address) }) { break }
    }
    return .client(result.address, isKnown: true, isSecure: result.isSecure)
  }

  // MARK: - The headers

  private static func legacy(_ headers: HTTPHeaders) -> [Hop] {
    let entries = headers["X-Forwarded-For"].joined(separator: ",")
    guard !entries.allSatisfy({ $0 == " " || $0 == "," || $0 == "\t" }) else { return [] }
    let scheme = headers["X-Forwarded-Proto"].last?.split(separator: ",").last.map { trimmed($0).lowercased() }
    let isSecure = scheme == "https" || scheme == "wss"
    return entries.split(separator: ",").map { Hop(address: node(trimmed($0)), isSecure: isSecure) }
  }

  private static func forwarded(_ headers: HTTPHeaders) -> [Hop] {
    let text = headers["Forwarded"].joined(separator: ",")
    guard !text.allSatisfy({ $0 == " " || $0 == "," || $0 == "\t" }) else { return [] }
    return split(text, at: ",").map { element in
      var hop = Hop(isSecure: false)
      for pair in split(element, at: ";") {
        guard let equals = pair.firstIndex(of: "=") else { continue }
        let value = unquoted(trimmed(pair[pair.index(after: equals)...]))
        switch trimmed(pair[..<equals]).lowercased() {
        case "for": hop.address = node(value)
        case "proto": hop.isSecure = ["https", "wss"].contains(value.lowercased())
        default: break
        }
      }
      return hop
    }
  }

  /// Splits where no quotation marks are around.
  private static func split(_ text: some StringProtocol, at separator: Character) -> [String] {
    var parts = [""]
    var isQuoted = false
    var isEscaped = false
    for character in text {
      if character == separator, !isQuoted {
        parts.append("")
        continue
      }
      if character == "\"", !isEscaped { isQuoted.toggle() }
      isEscaped = character == "\\" && isQuoted && !isEscaped
      parts[parts.count - 1].append(character)
    }
    return parts
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

  private static func trimmed(_ text: some StringProtocol) -> String {
    var text = Substring(text)
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }
}
