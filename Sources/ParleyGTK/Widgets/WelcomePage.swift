import CGTK
import Glibc

/// Where, and as whom: the first page a person sees, and the page for every further network.
///
/// It stays until the server has let us in. What goes wrong is said at the field that is to blame.
final class WelcomePage {
  private let client: Client
  private let builder = Builder("welcome.ui")
  let widget: Widget
  private let server: Widget
  private let nick: Widget
  private let password: Widget
  private let register: Widget

  /// The identity that is being connected.
  private var identity: ID?
  private var isRegistering = false
  private var isNew = false
  private var room = ""
  private var isRestarting = false
  /// Until the question comes for which the connection has stopped, if one does.
  private var awaitedQuestion: Later?

  /// The identity was connected, or wanted to be, before.
  private var wasConnected = false

  /// Called with the identity that is online, and with the link's room; "": there is none.
  var onDone: (_ identity: ID, _ room: String) -> Void = { _, _ in }
  var onCancel: () -> Void = {}

  init(client: Client) {
    self.client = client
    widget = builder.widget("welcome")
    server = builder.widget("server")
    nick = builder.widget("nick")
    password = builder.widget("password")
    register = builder.widget("register")
    for field in [server, nick, password] {
      on(field, "changed") { [unowned self] in fieldsChanged() }
      on(field, "entry-activated") { [unowned self] in start() }
    }
    onNotify(register, "active") { [unowned self] in fieldsChanged() }
    on(builder.widget("connect"), "clicked") { [unowned self] in start() }
    on(builder.widget("cancel"), "clicked") { [unowned self] in cancel() }
    fieldsChanged()
  }

  /// - Parameter link: an invitation, as it was given on the command line.
  func open(link: String?) {
    giveUp()
    say(nil, at: nil)
    if let link { server.entryText = link }
    if nick.entryText.isEmpty { nick.entryText = client.identities.first?.nick ?? userName() }
    password.entryText = ""
    (server.entryText.isEmpty ? server : nick).grabFocus()
  }

  // MARK: Steps

  private func fieldsChanged() {
    let wantsAccount = Bool(gtk_switch_get_active(register.cast()))
    let isComplete =
      !trimmed(server).isEmpty && !trimmed(nick).isEmpty && (!wantsAccount || !password.entryText.isEmpty)
    builder.widget("connect").isSensitive = isComplete && identity == nil
    adw_preferences_row_set_title(
      password.cast(), wantsAccount ? "Password of the new account" : "Password (leave empty to join as a guest)")
    for field in [server, nick, password] { field.removeClass("error") }
  }

  private func start() {
    guard Bool(gtk_widget_get_sensitive(builder.widget("connect"))), identity == nil else { return }
    say(nil, at: nil)
    let known = Set(client.engine.identities().map(\.id))
    let id: ID
    do throws(EngineError) {
      id = try client.engine.addIdentity(link: trimmed(server), nick: trimmed(nick))
    } catch {
      // Which of the two it was: every nick is good with this name.
      let isNick = !isNickLike(trimmed(nick))
      let what =
        isNick ? "Nicknames can't contain spaces or ! @ #" : "That isn't a server address or invitation link."
      return say(what, at: isNick ? nick : server)
    }
    isNew = !known.contains(id)
    identity = id
    isRegistering = Bool(gtk_switch_get_active(register.cast())) && !password.entryText.isEmpty
    let signsIn = !isRegistering && !password.entryText.isEmpty
    let before = client.identity(id)
    wasConnected = before.map { $0.state != .offline && $0.state != .stopped } ?? false
    // An account that there is already stays: an invitation to another room says nothing of it.
    let account = client.engine.value("account", of: id) ?? ""
    if isNew || signsIn && account.isEmpty {
      client.engine.set("account", of: id, to: signsIn ? trimmed(nick) : "")
    }
    room = ServerLink(trimmed(server))?.room ?? ""
    // A guest who is there already signs in with the next connection.
    isRestarting = !isNew && signsIn && before?.state == .online && before?.account == nil
    if isRestarting { client.engine.disconnect(id) }
    client.engine.set("autoconnect", of: id, to: "1")
    setBusy(true)
    client.engine.connect(id)
    // Events tell of a connection that is still to be made; the state now may be that of the last attempt.
    if before?.state == .online { identitiesChanged() }
  }

  private func cancel() {
    giveUp()
    // The first start goes on here: there is nothing else to show.
    if client.identities.isEmpty { (server.entryText.isEmpty ? server : nick).grabFocus() } else { onCancel() }
  }

  /// An identity that never came in is none.
  private func giveUp() {
    let id = identity
    identity = nil
    awaitedQuestion = nil
    if let id {
      if isNew { client.removeIdentity(id) } else if !wasConnected { client.engine.disconnect(id) }
    }
    setBusy(false)
  }

  /// What the connection has come to.
  func identitiesChanged() {
    guard let identity, let state = client.identity(identity) else { return }
    switch state.state {
    case .online where isRestarting && state.account == nil: break
    case .online:
      if isRegistering { makeAccount(identity) } else { done(identity) }
    case .stopped where state.error == .certificate || state.error == .signIn:
      // The question comes next, unless it is our own certificate that is at fault, or the account.
      if awaitedQuestion == nil {
        awaitedQuestion = .after(milliseconds: 500) { [unowned self] in
          awaitedQuestion = nil
          guard self.identity == identity, let state = client.identity(identity), state.state == .stopped,
            !client.questions.contains(where: { $0.identity == identity })
          else {
            return
          }
          if state.error == .signIn { wrong() } else { failed(neutralLine(state.trouble)) }
        }
      }
    case .waiting, .stopped:
      guard let error = state.error else { return }
      if error == .signIn { wrong() } else { failed(neutralLine(state.trouble)) }
    case .offline, .connecting, .signingIn: break
    }
  }

  func isConnecting(_ id: ID) -> Bool { id == identity }

  private func wrong() {
    giveUp()
    say(Self.wrongPassword, at: password)
  }

  private func failed(_ trouble: String) {
    giveUp()
    say(trouble, at: server)
  }

  /// The person does not trust the server's certificate. Whether it was about the connection that is being made here.
  func certificateRefused(_ id: ID) -> Bool {
    guard id == identity else { return false }
    failed("Not connected: you don't trust the server's certificate.")
    return true
  }

  private func makeAccount(_ identity: ID) {
    isRegistering = false
    client.engine.finish(client.engine.register(identity)) { [weak self] outcome in
      guard let self, self.identity == identity else { return }
      switch outcome {
      case .success(let event) where event.error == nil: done(identity)
      case .success(let event): refused(neutralLine(event.reason))
      case .failure(let error): refused(error.text)
      }
    }
  }

  private func refused(_ reason: String) {
    giveUp()
    say("The account couldn't be created: \(reason)", at: nick)
  }

  private func done(_ identity: ID) {
    self.identity = nil
    password.entryText = ""
    setBusy(false)
    onDone(identity, room)
  }

  private static let wrongPassword = "Wrong nickname or password."

  /// Whether the question is answered by what is written here.
  func answers(_ question: Question) -> Bool {
    guard question.identity == identity else { return false }
    switch question.kind {
    case .password where question.isRepeated:
      wrong()
      return true
    case .password, .newPassword:
      client.answer(question, password.entryText, keep: true)
      return true
    case .serverPassword:
      awaitedQuestion = nil
      return false
    case .certificate:
      awaitedQuestion = nil
      return false
    }
  }

  // MARK: -

  private func setBusy(_ isBusy: Bool) {
    let spinner = builder.widget("spinner")
    spinner.isVisible = isBusy
    gtk_spinner_set_spinning(spinner.cast(), isBusy.gtk)
    builder.widget("connect_label").setText(isBusy ? "Connecting…" : "Connect")
    let cancel = builder.widget("cancel")
    cancel.isVisible = isBusy || !client.identities.isEmpty
    if isBusy {
      // Fields that are switched off do not keep the focus.
      cancel.grabFocus()
    }
    for field in [server, nick, password, builder.widget("register_row")] { field.isSensitive = !isBusy }
    fieldsChanged()
  }

  private func say(_ text: String?, at field: Widget?) {
    builder.widget("error").isVisible = text != nil
    builder.widget("error").setText(text ?? "")
    for other in [server, nick, password] { other.setClass("error", other == field) }
    if let field { field.grabFocus() }
  }

  private func trimmed(_ field: Widget) -> String { ParleyGTK.trimmed(field.entryText) }

  private func isNickLike(_ nick: String) -> Bool {
    guard let first = nick.first, nick.utf8.count <= 64 else { return false }
    return !first.isNumber && !nick.contains { $0.isWhitespace || ",:!@*?#&~%+.".contains($0) }
  }

  private func userName() -> String {
    guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return "" }
    let user = String(cString: name)
    return user == "root" ? "" : user
  }
}
