import IRC

/// Names of capabilities in lines of CAP: as many as they need, none longer than 512 bytes.
enum CapabilityLines {
  static func send(_ subcommand: String, _ more: [String], _ line: String, to reply: Reply) {
    reply.send(
      Message(source: reply.serverName, command: "CAP", parameters: [reply.addressee, subcommand] + more + [line]))
  }

  /// Bytes that the list has room for.
  static func capacity(_ subcommand: String, for reply: Reply, isContinued: Bool = false) -> Int {
    let fixed = ": CAP   :\r\n".utf8.count + (isContinued ? 2 : 0)
    return 512 - fixed - reply.serverName.utf8.count - reply.addressee.utf8.count - subcommand.utf8.count
  }

  /// What a client has asked for, as it wrote it if that fits into one line.
  static func make(_ subcommand: String, _ text: String, for reply: Reply) -> [String] {
    guard text.utf8.count > capacity(subcommand, for: reply) else { return [text] }
    return make(subcommand, text.split(separator: " ").map(String.init), for: reply, isContinued: false)
  }

  /// - Parameter isContinued: lines may have the mark that more follows.
  static func make(_ subcommand: String, _ names: [String], for reply: Reply, isContinued: Bool) -> [String] {
    let limit = capacity(subcommand, for: reply, isContinued: isContinued)
    var lines: [String] = []
    var words = ListedWords(limit: limit) { lines.append($0) }
    for name in names { words.add(TextLimit.truncate(name, toBytes: limit)) }
    words.end()
    return lines.isEmpty ? [""] : lines
  }
}
