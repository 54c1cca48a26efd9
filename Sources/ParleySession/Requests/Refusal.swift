import IRC

/// A line by which a server says no: an error numeric, or FAIL (IRCv3 standard-replies).
struct Refusal {
  let code: String
  let reason: String
  private let line: Incoming

  /// Numerics outside 400…599 that refuse: RPL_TRYAGAIN, caller-id (716), and what servers number in their own ways.
  private static let others: Set<UInt16> = [263, 696, 716, 723, 742, 743, 926, 953, 971, 972, 974, 975, 979]

  init?(_ line: Incoming) {
    self.line = line
    if line.message.command == "FAIL" {
      code = line.parameter(1)
    } else {
      guard let numeric = Numeric(command: line.message.command), numeric != .noMotd,
        (400...599).contains(numeric.rawValue) || Self.others.contains(numeric.rawValue)
      else { return nil }
      code = line.message.command
    }
    reason = line.text
  }

  /// Whether it is about a request, as far as its parameters tell.
  func concerns(_ asking: any Asking, _ session: ClientSession) -> Bool {
    let parameters = line.message.parameters
    if line.message.command == "FAIL" {
      let command = line.parameter(0).uppercased()
      // Which batch, these do not say (multiline, "Errors").
      if command == "BATCH", asking.isBatch, code.hasPrefix("MULTILINE_") { return true }
      guard command == asking.command || (command == "BATCH" && asking.isBatch) else { return false }
      let context = parameters.dropFirst(2).dropLast().map(session.fold)
      return asking.names.isEmpty || context.isEmpty || context.contains { asking.names.contains($0) || $0 == "*" }
    }
    switch line.message.command {
    // About a command, whatever its parameters.
    case "263", "421", "461": return line.parameter(1).uppercased() == asking.command
    // About the command before, without a word which.
    case "411", "412", "417": return asking.command == "PRIVMSG" || asking.command == "NOTICE"
    default: return parameters.dropFirst().dropLast().contains { asking.names.contains(session.fold($0)) }
    }
  }
}
