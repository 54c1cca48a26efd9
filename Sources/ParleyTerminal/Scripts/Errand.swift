import CParley
import Glibc
import ParleyTerminalKit

/// An engine that is run for a purpose and then left: events are taken one by one, waiting for each has an end.
final class Errand {
  let setup: Setup
  let engine: Engine
  private let secrets: Secrets
  private var events: [Event] = []
  private var taken = 0
  /// Identities whose password came from us already: it was wrong if it is asked again.
  private var answered: Set<Int64> = []

  init(_ setup: Setup) throws(Ending) {
    self.setup = setup
    secrets = Secrets(configuration: setup.configuration)
    engine = try setup.openEngine()
    engine.onEvent = { [unowned self] in self.events.append($0) }
  }

  var deadline: Int64 { Clock.now() + Int64(setup.options.timeout) * 1000 }

  // MARK: Events

  /// The next event; nil if none came up to the deadline. Questions are answered on the way.
  func next(until deadline: Int64) throws(Ending) -> Event? {
    while true {
      if let event = takeEvent() {
        if event.kind == .ask { try answer(event) }
        return event
      }
      let left = deadline - Clock.now()
      guard left > 0 else { return nil }
      engine.wait(Int32(clamping: left))
    }
  }

  /// An event that is here already.
  func takeEvent() -> Event? {
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
      throw Ending(.usage, "Nobody is set up in \(setup.directory): run parley once, or give --link and --nick")
    }
    return identity
  }

  private func identity(at link: String, _ all: [Identity]) throws(Ending) -> Identity {
    let known = all.first { engine.get(identity: $0.id, "link") == link }
    guard let nick = setup.options.nick ?? known?.nick else {
      throw Ending(.usage, "--link needs --nick at the first time")
    }
    do throws(Failure) {
      let id = try engine.addIdentity(link: link, nick: nick)
      guard let identity = engine.identities().first(where: { $0.id == id }) else { throw Failure.noSuch }
      return identity
    } catch {
      throw Ending(.usage, "\(nick) at \(link): \(error.text)")
    }
  }

  /// Asks the engine to connect, with an account if there is a password for one.
  func connect(_ identity: Identity) throws(Ending) {
    do throws(Failure) {
      if secrets.isProvided, engine.get(identity: identity.id, "account") == nil {
        _ = try engine.set(identity: identity.id, "account", identity.nick)
      }
      try engine.connect(identity.id)
    } catch {
      throw Ending(.unreachable, "\(identity.host): \(error.text)")
    }
  }

  /// Waits until the identity is online.
  func waitUntilOnline(_ identity: Identity) throws(Ending) {
    let deadline = self.deadline
    var latest = identity
    while true {
      latest = engine.identities().first { $0.id == identity.id } ?? latest
      if latest.state == .online { return }
      if latest.state == .stopped { throw Self.ending(stopped: latest) }
      guard try next(until: deadline) != nil else { break }
    }
    let reason = latest.result == PARLEY_OK && latest.reason == nil ? "no answer" : latest.explanation
    throw Ending(.unreachable, "No connection to \(latest.host) within \(setup.options.timeout) s: \(reason)")
  }

  static func ending(stopped identity: Identity) -> Ending {
    let isSignIn = [Failure.signIn.code, Failure.certificate.code].contains(identity.result)
    return Ending(isSignIn ? .signIn : .unreachable, "\(identity.host): \(identity.explanation)")
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
        answer = try secrets.password(account: account, host: host)
      }
      if answer == nil, isatty(STDERR_FILENO) == 1 {
        answer = Secrets.ask("Password of \(Sanitizer.line(account)) at \(Sanitizer.line(host)): ")
      }
    case .certificate:
      let prints = (event.text ?? "").split(separator: " ").map { Fingerprint.grouped(String($0)) }
      if event.text?.hasPrefix("- ") == true {
        Output.diagnosis("THE CERTIFICATE OF \(host) IS NOT KNOWN.")
      } else {
        Output.diagnosis("THE CERTIFICATE OF \(host) HAS CHANGED. Known until now, SHA-256: \(prints.first ?? "none")")
      }
      Output.diagnosis(
        "Shown now, SHA-256: \(prints.count > 1 ? prints[1] : "none"). Run parley in a terminal to decide.")
    // A program cannot make up a key or a new password.
    case .key, .newPassword, nil: break
    }
    // What is asked no longer needs no answer.
    try? engine.answer(event.request, answer, keep: PARLEY_KEEP_MEMORY)
  }
}
