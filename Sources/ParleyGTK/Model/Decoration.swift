/// What a row shows because of the rows around it.
struct Decoration: Equatable {
  /// The day's name above it.
  var day: String?
  /// The line "New" above it.
  var isNew = false
  /// Nick and time above it: another sender, five minutes, or something between.
  var hasHeader = false
}

/// A row with all that decides how it looks.
struct DecoratedMessage: Equatable {
  let message: Message
  let decoration: Decoration
}

/// - Parameter new: the row above which the line "New" stands; 0: none.
func decorate(_ messages: [Message], new: ID) -> [DecoratedMessage] {
  var previous: (message: Message, time: LocalTime)?
  return messages.map { message in
    let time = LocalTime(message.time)
    var decoration = Decoration()
    decoration.isNew = message.id == new
    let isGap = message.kind == .gap
    if !isGap, previous.map({ !$0.time.isSameDay(as: time) }) ?? true { decoration.day = time.day }
    if message.kind?.isSaid ?? false {
      decoration.hasHeader =
        previous.map { previous in
          !(previous.message.kind?.isSaid ?? false) || previous.message.nick != message.nick
            || message.time - previous.message.time >= 300_000
        } ?? true
      if decoration.day != nil || decoration.isNew { decoration.hasHeader = true }
    }
    if !isGap || previous == nil { previous = (message, time) }
    return DecoratedMessage(message: message, decoration: decoration)
  }
}
