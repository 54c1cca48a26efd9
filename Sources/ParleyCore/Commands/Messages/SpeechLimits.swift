import IRC
import ParleyStore

/// Where something is to be said.
enum SpeechLimit {
  case room(Room, Speech)
  case person(Identity)
}

/// Whether somebody may say something now, as far as the room's modes `W` and `f` and the setting `people-per-minute` go.
///
/// What may be said counts at once, so that the next line is judged right while this one is on its way to the disk; it is taken
/// back when it turns out to be a retry or cannot be stored. A retry of what is stored is never refused: the store, which knows,
/// is asked with a condition instead.
struct SpeechVerdict {
  /// What it must meet to be stored.
  let condition: AppendCondition
  /// It does not count after all.
  let takeBack: (Core) -> Void
  private let limit: SpeechLimit
  /// nil: nothing is in the way.
  private let obstacle: String?

  init(_ limit: SpeechLimit, _ text: String, _ call: UserCall) {
    let user = call.user
    let core = call.core
    self.limit = limit
    switch limit {
    case .room(let room, let speech):
      guard room.rank(of: user) == 0, !user.isOperator else { break }
      let (who, record) = (user.identity, room.record)
      if let words = room.speech.obstacle(speech, by: who, text, record, at: core.instant) {
        (obstacle, condition, takeBack) = ("Cannot send to channel: \(words)", .never, { _ in })
        return
      }
      guard record.slowSeconds > 0 || record.floodLines > 0 else { break }
      let number = room.speech.add(speech, by: who, text, record, at: core.instant)
      (obstacle, condition, takeBack) = (nil, .always, { _ in room.speech.remove(speech, by: who, number) })
      return
    case .person(let who):
      let most = call.configuration.peoplePerMinute
      guard most > 0, who != user.identity, !user.isOperator, !call.session.info.isTrusted else { break }
      let host = user.host
      let (wait, isNew) = core.strangers.wait(host, to: who, limit: most, at: core.instant)
      if let wait {
        obstacle = "You have written to many people just now: to somebody new again in \(wait) seconds"
        (condition, takeBack) = (.knownConversation, { _ in })
        return
      }
      (obstacle, condition) = (nil, .always)
      takeBack = { core in if isNew { core.strangers.remove(host, who) } }
      return
    }
    (obstacle, condition, takeBack) = (nil, .always, { _ in })
  }

  /// The store has to be asked: it may be stored, or may have been.
  func isOpen(withKey hasKey: Bool) -> Bool { obstacle == nil || condition == .knownConversation || hasKey }

  /// For what is not stored.
  /// - Returns: true when it was refused, and the sender told.
  func refuses(_ target: String, _ call: UserCall) -> Bool {
    if obstacle != nil { report(target, call) }
    return obstacle != nil
  }

  /// PRIVMSG and INVITE are refused with a numeric that every client shows; to a NOTICE no numeric is an answer, but one's own program
  /// may know why it failed.
  func report(_ target: String, _ call: UserCall) {
    let words = obstacle ?? "Not sent"
    guard ["PRIVMSG", "INVITE"].contains(call.message.command) else {
      return call.reply.fail(call.message.command, "RATE_LIMITED", [target], words)
    }
    switch limit {
    case .room: call.reply.numeric(.cannotSendToChan, target, words)
    case .person: call.reply.numeric(.targetTooFast, target, words)
    }
  }
}
