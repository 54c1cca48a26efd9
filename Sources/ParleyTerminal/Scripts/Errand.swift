import CParley
import Glibc
import ParleyTerminalKit

/// An engine that is run for a purpose and then left: events are taken one by one, waiting for each has an end.
final class Errand {
  /// How long what is under way may take when the command was told to end, in milliseconds.
  private static let patience: Int64 = 3_000

  let setup: Setup
  let access: any Access
  let output: Output
  var engine: Engine { access.engine }
  private var events: [Event] = []
  private var taken = 0
  /// Identities whose password came from us already: it was wrong if it is asked again.
  private var answered: Set<Int64> = []
  /// The identity that this command has added. It is kept when its server has answered.
  private var added: Int64?
  /// Until when what is under way is brought to its end; nil: no end is in sight.
  private var windingUpUntil: Int64?

  init(_ setup: Setup, _ access: any Access, _ output: Output) {
    self.setup = setup
    self.access = access
    self.output = output
  }

  var deadline: Int64 { Clock.now() + Int64(setup.options.timeout) * 1000 }

  /// Why waiting has ended.
  var reason: String { access.isInterrupted ? "before it was told to end" : "within \(setup.options.timeout) s" }

  // MARK: Events

  /// The next event; nil if none came up to the deadline, or the command was told to end. Questions are answered on the way.
  func next(until deadline: Int64, orInput: Bool = false) throws(Ending) -> Event? {
    while true {
      if let event = takeEvent() {
        if event.kind == .ask, !access.isShared { try answer(event) }
        return event
      }
      if access.isInterrupted, windingUpUntil == nil { return nil }
      let left = min(deadline, windingUpUntil ?? deadline) - Clock.now()
      guard left > 0 else { return nil }
      access.wait(Int32(clamping: left), forInput: orInput)
      let more = access.takeEvents()
      if more.isEmpty, orInput { return nil }
      events += more
    }
  }

  /// Takes what has come so far without waiting for more.
  func collect() { events += access.takeEvents() }

  /// From here on waiting is for the end of what is under way, also when the command was told to end, but not for long.
  func windUp() { if windingUpUntil == nil { windingUpUntil = Clock.now() + Self.patience } }

  /// An event that is here already.
  private func takeEvent() -> Event? {
    guard taken < events.count else {
      events.removeAll(keepingCapacity: events.count < 1000)
      taken = 0
      return nil
    }
    taken += 1
    return events[taken - 1]
  }

  /// Waits for the end of a request.
  /// - Returns: its DONE event; nil if it did not come in time.
  func finish(_ request: Int64, each: (Event) -> Void = { _ in }) throws(Ending) -> Event? {
    let deadline = self.deadline
    while let event = try next(until: deadline) {
      each(event)
      if event.kind == .done, event.request == request { return event }
    }
    return nil
  }

  // MARK: Connecting

  /// The identity that the command line names, or the one there is.
  func identity(for room: String? = nil) throws(Ending) -> Identity {
    let all = engine.identities()
    if let link = setup.options.link { return try identity(at: link, all) }
    let named = all.filter { setup.options.nick == nil || $0.nick == setup.options.nick }
    let withRoom = named.first { identity in engine.chats(identity.id).contains { $0.name == room } }
    guard let identity = withRoom ?? named.first else {
      throw Ending(
        .usage,
        all.isEmpty
          ? "Nobody is set up in \(setup.directory): run parley once, or give --link and --nick"
          : "There is no identity with the nick \(setup.options.nick ?? "") in \(setup.directory)")
    }
    return identity
  }

  private func identity(at link: String, _ all: [Identity]) throws(Ending) -> Identity {
    let known = all.first { engine.get(identity: $0.id, "link") == link }
    guard let nick = setup.options.nick ?? known?.nick else {
      throw Ending(.usage, "Nobody is set up at \(link) yet: give --nick as well")
    }
    do throws(Failure) {
      let id = try engine.addIdentity(link: link, nick: nick)
      guard let identity = engine.identities().first(where: { $0.id == id }) else { throw Failure.noSuch }
      if !all.contains(where: { $0.id == id }) {
        added = id
      } else if let room = LinkRoom.of(link), !engine.chats(id).contains(where: { $0.name == room && $0.isWanted }) {
        // A new identity joins it by itself.
        _ = try engine.join(id, room: room, key: nil)
      }
      return identity
    } catch {
      throw Ending(.usage, "\(nick) at \(link): \(error.text)", code: error.name)
    }
  }

  /// Asks the engine to connect, with an account if there is a password for one.
  func connect(_ identity: Identity) throws(Ending) {
    if identity.state == .online { return }
    let account = engine.get(identity: identity.id, "account")
    let isForThisRun = access.secrets.isForThisRun
    do throws(Failure) {
      if isForThisRun ? account?.isEmpty ?? true : access.secrets.isProvided && account == nil {
        _ = try engine.set(identity: identity.id, "account", identity.nick)
      }
    } catch {
      throw Ending(.unreachable, "\(identity.host): \(error.text)", code: error.name)
    }
    let name = account.flatMap { $0.isEmpty ? nil : $0 } ?? identity.nick
    let isGuest = !isForThisRun && account?.isEmpty == true
    // A password of this run goes before one that is kept.
    let password = isGuest ? nil : try access.secrets.password(account: name, host: identity.host)
    do throws(Failure) {
      if let password { _ = try engine.set(identity: identity.id, "password", password) }
      try engine.connect(identity.id)
    } catch {
      throw Ending(.unreachable, "\(identity.host): \(error.text)", code: error.name)
    }
  }

  /// Waits until the identity is online.
  func waitUntilOnline(_ identity: Identity, each: (Event) throws(Ending) -> Void = { _ in }) throws(Ending) {
    do throws(Ending) {
      try online(identity, each)
    } catch {
      try forgetAdded()
      throw error
    }
  }

  private func online(_ identity: Identity, _ each: (Event) throws(Ending) -> Void) throws(Ending) {
    let deadline = self.deadline
    var latest = identity
    while true {
      latest = engine.identities().first { $0.id == identity.id } ?? latest
      if latest.state == .online { break }
      if latest.state == .stopped { throw Self.ending(stopped: latest) }
      guard let event = try next(until: deadline) else {
        let reason = latest.result == PARLEY_OK && latest.reason == nil ? "no answer" : latest.explanation
        throw Ending(.unreachable, "No connection to \(latest.host) \(self.reason): \(reason)")
      }
      try each(event)
    }
    added = nil
    let wanted = setup.options.nick ?? engine.get(identity: identity.id, "nick") ?? latest.nick
    if latest.nick.lowercased() != wanted.lowercased() {
      output.diagnosis("\(latest.host): the nick \(wanted) is taken; you are there as \(latest.nick)")
    }
  }

  /// A server that has never answered is not kept.
  private func forgetAdded() throws(Ending) {
    guard let id = added else { return }
    added = nil
    windUp()
    if let request = try? engine.removeIdentity(id) { _ = try finish(request) }
  }

  static func ending(stopped identity: Identity) -> Ending {
    let isSignIn = [Failure.signIn.code, Failure.certificate.code].contains(identity.result)
    return Ending(
      isSignIn ? .signIn : .unreachable, "\(identity.host): \(identity.explanation)",
      code: Failure(identity.result).name)
  }

  // MARK: Questions

  private func answer(_ event: Event) throws(Ending) {
    let identity = event.identityOf
    let host = identity?.host ?? ""
    var answer: String?
    switch Event.Question(rawValue: event.value) {
    case .password:
      let account = event.text ?? identity?.nick ?? ""
      if event.result == PARLEY_OK, answered.insert(event.identity).inserted {
        answer = try access.secrets.password(account: account, host: host)
      }
      if answer == nil, isatty(STDERR_FILENO) == 1, !access.secrets.isProvided {
        answer = Secrets.ask("Password of \(Sanitizer.line(account)) at \(Sanitizer.line(host)): ")
      }
    case .serverPassword:
      if event.result == PARLEY_OK { answer = Secrets.serverPassword }
      if answer == nil, isatty(STDERR_FILENO) == 1 {
        answer = Secrets.ask("Password of the server \(Sanitizer.line(host)): ")
      }
    case .certificate:
      let prints = (event.text ?? "").split(separator: " ").map { Fingerprint.grouped(String($0)) }
      if event.text?.hasPrefix("- ") == true {
        output.diagnosis("THE CERTIFICATE OF \(host) IS NOT KNOWN.")
      } else {
        output.diagnosis("THE CERTIFICATE OF \(host) HAS CHANGED. Known until now, SHA-256: \(prints.first ?? "none")")
      }
      output.diagnosis(
        "Shown now, SHA-256: \(prints.count > 1 ? prints[1] : "none"). Run parley in a terminal to decide.")
    // A program cannot make up a new password.
    case .newPassword, nil: break
    }
    // What is asked no longer needs no answer.
    try? engine.answer(event.request, answer, keep: PARLEY_KEEP_MEMORY)
  }
}
