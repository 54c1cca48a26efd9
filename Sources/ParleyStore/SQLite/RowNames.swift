/// SQL that says of a damaged row what it is about, in words that an operator knows: names beside numbers.
enum RowNames {
  /// A column of a table's key, with the name of the account or the room that it stands for.
  static func value(_ column: String, of table: String) -> String {
    let number = "\(table).\(column)"
    return switch (table, column) {
    case ("accounts", "id"): named("account", number, in: "accounts")
    case ("rooms", "id"): named("room", number, in: "rooms")
    case (_, "account"): named("account", number, in: "accounts")
    case (_, "room"): named("room", number, in: "rooms")
    case ("metadata", "owner"):
      "CASE WHEN \(number) < 0 THEN \(named("room", "-" + number, in: "rooms")) "
        + "ELSE \(named("account", number, in: "accounts")) END"
    case ("expired", "conversation"), ("events", "conversation"): conversation(number)
    default: "'\(column) ' || coalesce(\(number), 'NULL')"
    }
  }

  /// Which event it is, where it was said, and when.
  static let event =
    "\(value("position", of: "events")) || ', ' || \(value("conversation", of: "events")) "
    + "|| coalesce(strftime(', %Y-%m-%dT%H:%M:%SZ', events.time / 1000, 'unixepoch'), '')"

  /// A room by its name, a private conversation by its two sides: an account's name, or the nick that a guest had.
  private static func conversation(_ number: String) -> String {
    func side(_ side: String) -> String {
      "coalesce((SELECT name FROM accounts WHERE id = \(side)), \(side)_nick)"
    }
    return "CASE WHEN \(number) > 0 THEN \(named("room", number, in: "rooms")) "
      + "ELSE 'private conversation ' || -\(number) || coalesce((SELECT ' (' || \(side("low")) || ' and ' || \(side("high")) "
      + "|| ')' FROM direct_conversations WHERE id = -\(number)), '') END"
  }

  private static func named(_ kind: String, _ number: String, in table: String) -> String {
    "'\(kind) ' || (\(number)) || coalesce((SELECT ' (' || name || ')' FROM \(table) AS named WHERE named.id = \(number)), '')"
  }
}

extension String {
  /// Without control characters: damaged names hold anything, and a terminal would obey it.
  var printable: String {
    var text = ""
    for scalar in unicodeScalars {
      text.unicodeScalars.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    return text
  }
}
