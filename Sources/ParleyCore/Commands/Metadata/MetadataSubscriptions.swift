import IRC

/// METADATA SUB, UNSUB and SUBS: which keys a connection wants to know of.
enum MetadataSubscriptions {
  static func run(_ subcommand: String, of name: String, _ keys: [String], _ call: ConnectionCall) {
    let isSelf = name == "*" || call.session.user.map { $0.folded == FoldedName(name) } == true
    guard isSelf else {
      _ = MetadataCommand.invalidTarget(name, call)
      return
    }
    switch subcommand {
    case "SUB": subscribe(keys, call)
    case "UNSUB":
      let valid = valid(keys, call)
      for key in valid { call.core.metadata.unsubscribe(call.session, from: key) }
      write(valid, .metadataUnsubOk, call)
    default:
      let batch = MetadataBatch("", call.core, call.reply)
      batch.open("metadata-subs")
      for line in lines(call.session.metadataKeys) { batch.numeric(.metadataSubs, line) }
      batch.close()
    }
  }

  private static func subscribe(_ keys: [String], _ call: ConnectionCall) {
    let session = call.session
    let most = call.core.configuration.metadataSubscriptions
    var taken: [String] = []
    var isNew = false
    var surplus: String?
    for key in valid(keys, call) {
      if !session.metadataKeys.contains(key) {
        guard session.metadataKeys.count < most else {
          surplus = key
          break
        }
        call.core.metadata.subscribe(session, to: key)
        isNew = true
      }
      taken.append(key)
    }
    write(taken, .metadataSubOk, call)
    if let surplus {
      call.reply.fail("METADATA", "LIMIT_REACHED", ["SUB", surplus, String(most)], "Too many subscriptions")
    }
    // Section "METADATA SUB": what is set already comes when the client asks.
    if isNew, session.user != nil { call.core.postponeMetadata(MetadataSync.everything, call.reply) }
  }

  /// In their order, each once; the others are warned of.
  private static func valid(_ keys: [String], _ call: ConnectionCall) -> [String] {
    var seen: Set<String> = []
    return keys.filter { key in
      if MetadataKey.isValid(key) { return seen.insert(key).inserted }
      call.reply.send(MetadataBatch.invalidKey(key, call.core))
      return false
    }
  }

  private static func write(_ keys: [String], _ numeric: Numeric, _ call: ConnectionCall) {
    for line in lines(keys) { call.reply.numeric(numeric, line) }
  }

  /// As many keys as a line holds, and not too many parameters.
  private static func lines(_ keys: [String]) -> [[String]] {
    var lines: [[String]] = []
    var length = 0
    for key in keys {
      if lines.isEmpty || length + key.utf8.count > 300 || lines[lines.count - 1].count >= 12 {
        lines.append([])
        length = 0
      }
      lines[lines.count - 1].append(key)
      length += key.utf8.count + 1
    }
    return lines
  }
}
