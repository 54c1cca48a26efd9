import ParleyCore

extension SettingsTable {
  /// Limits that hold from the first start on, and limits for people without an account. Networks of `trust` are exempt from the latter.
  static let guests: [Setting] = [
    .number(
      "lobby-flood-lines", \.server.core.lobbyFloodLines, 0...1_000, unit: "lines",
      "Flood limit (room mode f) that the lobby is made with: so many messages of one person; each four lines of a long one "
        + "count as one. 0: none."),
    .number(
      "lobby-flood-seconds", \.server.core.lobbyFloodSeconds, 1...86_400, unit: "seconds",
      "The time in which these messages are counted."),
    .number(
      "guest-connections-per-minute", \.server.core.guestConnectionsPerMinute, 0...1_000_000, unit: "guests",
      "New guests in a minute from one IPv4 address or IPv6 /64. 0: no limit."),
    .number(
      "guest-joins-per-minute", \.server.core.guestJoinsPerMinute, 0...1_000_000, unit: "rooms",
      "Rooms that all guests of an address enter in a minute. 0: no limit."),
    .number(
      "guest-messages-per-minute", \.server.core.guestMessagesPerMinute, 0...1_000_000, unit: "messages",
      "Messages of all guests of an address in a minute to strangers and to rooms entered within 10 minutes; each four lines "
        + "of a long one count as one. 0: no limit."),
    .number(
      "guest-messages-per-day", \.server.core.guestMessagesPerDay, 0...1_000_000_000, unit: "messages",
      "What is stored in a day for the guests of an address and for accounts made there within a day. 0: no limit."),
    .number(
      "guest-bytes-per-day", \.server.core.guestBytesPerDay, 0...1_000_000_000_000, unit: "bytes",
      "Size of what is stored in a day for them; a message counts as its text and 200 bytes. 0: no limit."),
    .number(
      "guest-retention-days", \.server.core.guestRetentionDays, 0...36_500, unit: "days",
      "How long private conversations with guests are kept after their last message. 0: as other messages."),
  ]
}
