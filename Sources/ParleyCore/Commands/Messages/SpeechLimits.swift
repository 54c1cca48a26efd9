import IRC
import ParleyStore

/// Where something is to be said.
enum SpeechLimit {
  case room(Room, Speech)
  case person(Identity)
  /// A change to what was said to a person: only the quota of guests applies.
  case amendment
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
  /// The obstacle is the daily quota of guests.
  private var isOverQuota = false

  /// - Parameter stored: bytes that are to be stored; nil: it is only passed on.
  init(_ limit: SpeechLimit, _ text: String, stored: Int? = nil, _ call: UserCall) {
    self.limit = limit
    var steps = SpeechSteps(limit, text, call)
    if steps.obstacle == nil, let stored {
      if let takeBack = call.core.chargeGuest(call.user, call.session, bytes: stored) {
        steps.undo.append(takeBack)
      } else {
        steps.refuse(Core.quotaWords, .never, call.core)
        isOverQuota = true
      }
    }
    (obstacle, condition) = (steps.obstacle, steps.condition)
    takeBack = { [undo = steps.undo] core in for step in undo { step(core) } }
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
    if isOverQuota { return call.reply.fail(call.message.command, "QUOTA_EXCEEDED", [target], words) }
    guard ["PRIVMSG", "INVITE"].contains(call.message.command) else {
      return call.reply.fail(call.message.command, "RATE_LIMITED", [target], words)
    }
    switch limit {
    case .room: call.reply.numeric(.cannotSendToChan, target, words)
    case .person, .amendment: call.reply.numeric(.targetTooFast, target, words)
    }
  }
}

/// The limits one after the other. Each that is passed counts, until a later one refuses.
private struct SpeechSteps {
  var obstacle: String?
  var condition = AppendCondition.always
  var undo: [(Core) -> Void] = []

  init(_ limit: SpeechLimit, _ text: String, _ call: UserCall) {
    switch limit {
    case .room(let room, let speech): judge(room, speech, text, call)
    case .person(let who): judge(who, text, call)
    case .amendment: break
    }
  }

  mutating func refuse(_ words: String, _ condition: AppendCondition, _ core: Core) {
    (obstacle, self.condition) = (words, condition)
    for step in undo { step(core) }
    undo = []
  }

  private mutating func judge(_ room: Room, _ speech: Speech, _ text: String, _ call: UserCall) {
    let (core, user, record) = (call.core, call.user, room.record)
    guard room.rank(of: user) == 0, !user.isOperator else { return }
    if let words = room.speech.obstacle(speech, by: user.identity, text, record, at: core.instant) {
      return refuse("Cannot send to channel: \(words)", .never, core)
    }
    if record.slowSeconds > 0 || record.floodLines > 0 {
      let number = room.speech.add(speech, by: user.identity, text, record, at: core.instant)
      undo.append { _ in room.speech.remove(speech, by: user.identity, number) }
    }
    let age = room.member(user).map { core.now.seconds - $0.joinedAt.seconds } ?? 0
    if age < Self.newcomerSeconds { countFirstMessage(text, call, .never) }
  }

  /// Seconds for which a guest is new in a room.
  private static let newcomerSeconds: Int64 = 600

  private mutating func judge(_ who: Identity, _ text: String, _ call: UserCall) {
    let (core, user) = (call.core, call.user)
    let most = call.configuration.peoplePerMinute
    guard who != user.identity, !user.isOperator, !call.session.info.isTrusted else { return }
    let host = user.host
    // Without the limit the book still tells who is new.
    let (wait, isNew) = core.strangers.wait(host, to: who, limit: most > 0 ? most : .max, at: core.instant)
    if let wait {
      return refuse(
        "You have written to many people just now: to somebody new again in \(wait) seconds", .knownConversation, core)
    }
    guard isNew else { return }
    undo.append { $0.strangers.remove(host, who) }
    countFirstMessage(text, call, .knownConversation)
  }

  private mutating func countFirstMessage(_ text: String, _ call: UserCall, _ condition: AppendCondition) {
    let (core, cost) = (call.core, Speech.cost(text))
    // New accounts are exempt: a class that has just registered talks at once.
    guard call.user.account == nil else { return }
    let most = core.limit(of: .firstMessage)
    if most > 0, let words = Speech.obstacle(text, most: most), core.guestAddress(call.user, call.session) != nil {
      return refuse("Not sent: \(words) for guests who are new; sign in", condition, core)
    }
    if let wait = core.guestWait(.firstMessage, call.user, call.session, cost: cost) {
      return refuse("Too many messages by guests of your address, wait \(wait) seconds or sign in", condition, core)
    }
    guard let address = core.guestAddress(call.user, call.session) else { return }
    undo.append {
      $0.guestBook.takeBack(.firstMessage, address, limit: $0.limit(of: .firstMessage), cost: cost, at: $0.instant)
    }
  }
}
