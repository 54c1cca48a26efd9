import IRC

/// Who takes part in a run besides the server: what the scheduler needs to know of it. Most things happen when it says so.
protocol Participant: AnyObject {
  /// The account and the device.
  var actor: String { get }
  var account: String { get }
  /// What the server sees of its network.
  var address: String { get }

  /// nil: no connection.
  var wire: Wire? { get }
  var wantsConnection: Bool { get }
  /// It has signed in and is in its rooms, or was once.
  var isSetUp: Bool { get }
  /// Nothing is left to do before faults stop, or at all.
  var isIdle: Bool { get }
  /// Has something to do that waits for nothing but itself.
  var canAct: Bool { get }
  /// When it has something to do even if nobody says anything to it, by `Stage.elapsed`; nil: never.
  var alarm: Int64? { get }

  func connected(_ wire: Wire)
  /// Nobody listens.
  func refused()
  /// The connection is gone.
  func disconnected()
  func receive(_ bytes: [UInt8])
  func act()

  /// Something of its own goes wrong.
  func suffer(_ weather: Weather)
  /// Nothing goes wrong from now on.
  func recover()
  /// Everything is quiet: hands in what it has, and reads what there is.
  func beginReading()
}

/// Which faults a run has: not each has all, so that each fault is also met alone.
struct Weather {
  var cuts: Bool
  var crashes: Bool
  var fullDisk: Bool
  var failures: Bool
  var restarts: Bool
  var clockJumps: Bool
  /// Clocks jump by years, too.
  var years: Bool
  /// There are messages of 60,000 bytes.
  var largeRows: Bool
  /// The server's database is restored from older copies.
  var restores: Bool
  /// One fault in about so many steps.
  var rarity: Int

  init(_ dice: Dice) {
    cuts = dice.chance(3, in: 4)
    crashes = dice.chance(2, in: 3)
    fullDisk = dice.chance(1, in: 2)
    failures = dice.chance(1, in: 2)
    restarts = dice.chance(1, in: 2)
    clockJumps = dice.chance(1, in: 2)
    years = dice.chance(1, in: 3)
    restores = dice.chance(1, in: 3)
    largeRows = dice.chance(1, in: 4)
    rarity = dice.within(20...200)
  }
}

/// What all actors of a run share.
final class Stage {
  let dice: Dice
  let trace: Trace
  var log = ActorLog()
  /// Milliseconds since the beginning, by a clock that nobody sets.
  var elapsed: Int64 = 0
  /// The time on the server's clock.
  var now = Timestamp(milliseconds: 1_800_000_000_000)
  /// Messages may have 60,000 bytes.
  var allowsLargeRows = false
  /// Not everybody is in place, or faults are over: what is pending is finished, nothing new begins.
  var isClosing = true

  init(dice: Dice, trace: Trace) {
    self.dice = dice
    self.trace = trace
  }

  /// Something to say, of which nobody has said the like.
  /// - Returns: the number of the sending, and its text.
  func compose(account: String, place: Place, hasKey: Bool, isLarge: Bool = false) -> (sending: Int, text: String) {
    let sending = log.sendings.count
    let token = ActorLog.token(sending)
    var text = token
    for _ in 0..<dice.below(12) { text += dice.pick([" ", "  ", " word", " :colon", "ü", "🙂", ";a=b", "\\"]) }
    while text.last == " " { text.removeLast() }
    if isLarge {
      text += String(repeating: "x", count: 60_000 - text.utf8.count)
      log.done("large rows")
    }
    log.sendings.append(.init(token: token, account: account, place: place, text: text, hasKey: hasKey))
    return (sending, text)
  }

  /// Something that only its owner may ever read.
  func composeSecret(of owner: String) -> String {
    let token = ActorLog.token(Self.firstSecret + log.secrets.count)
    log.secrets[token] = owner
    return token
  }

  private static let firstSecret = 50_000

  /// What became of the last attempt.
  func settle(_ sending: Int, _ outcome: ActorLog.Outcome) {
    let last = log.sendings[sending].attempts.count - 1
    if last >= 0 { log.sendings[sending].attempts[last] = outcome }
  }
}
