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

  /// Called with the identity that is online.
  var onDone: (ID) -> Void = { _ in }
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
    builder.widget("cancel").isVisible = !client.identities.isEmpty
    say(nil, at: nil)
    setBusy(false)
    identity = nil
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
      password.cast(), wantsAccount ? "Password of the new account" : "Password (none: as a guest)")
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
      return say(
        isNick ? "This cannot be a nick." : "This is no server and no invitation link.", at: isNick ? nick : server)
    }
    isNew = !known.contains(id)
    identity = id
    isRegistering = Bool(gtk_switch_get_active(register.cast())) && !password.entryText.isEmpty
    let signsIn = !isRegistering && !password.entryText.isEmpty
    client.engine.set("account", of: id, to: signsIn ? trimmed(nick) : "")
    client.engine.set("autoconnect", of: id, to: "1")
    setBusy(true)
    client.engine.connect(id)
    identitiesChanged()
  }

  private func cancel() {
    giveUp()
    onCancel()
  }

  /// An identity that never came in is none.
  private func giveUp() {
    if let identity {
      if isNew { client.engine.removeIdentity(identity) } else { client.engine.disconnect(identity) }
    }
    identity = nil
    setBusy(false)
  }

  /// What the connection has come to.
  func identitiesChanged() {
    guard let identity, let state = client.identity(identity) else { return }
    switch state.state {
    case .online:
      if isRegistering { makeAccount(identity) } else { done(identity) }
    case .waiting, .stopped:
      guard let error = state.error else { return }
      let trouble = neutralLine(state.trouble)
      giveUp()
      say(trouble, at: error == .signIn ? password : server)
    case .offline, .connecting, .signingIn: break
    }
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
    say("The account was not made: \(reason)", at: nick)
  }

  private func done(_ identity: ID) {
    self.identity = nil
    password.entryText = ""
    setBusy(false)
    onDone(identity)
  }

  /// Whether the question is answered by what is written here.
  func answers(_ question: Question) -> Bool {
    guard question.identity == identity else { return false }
    switch question.kind {
    case .password where question.isRepeated:
      giveUp()
      say("Nick or password is wrong.", at: password)
      return true
    case .password, .newPassword:
      client.answer(question, password.entryText, keep: true)
      return true
    case .certificate, .roomKey: return false
    }
  }

  // MARK: -

  private func setBusy(_ isBusy: Bool) {
    let spinner = builder.widget("spinner")
    spinner.isVisible = isBusy
    gtk_spinner_set_spinning(spinner.cast(), isBusy.gtk)
    builder.widget("connect_label").setText(isBusy ? "Connecting…" : "Connect")
    if isBusy {
      builder.widget("cancel").isVisible = true
      // Fields that are switched off do not keep the focus.
      builder.widget("cancel").grabFocus()
    }
    for field in [server, nick, password, builder.widget("register_row")] { field.isSensitive = !isBusy }
    fieldsChanged()
  }

  private func say(_ text: String?, at field: Widget?) {
    builder.widget("error").isVisible = text != nil
    builder.widget("error").setText(text ?? "")
    for other in [server, nick, password] { other.setClass("error", other == field) }
    if text != nil, client.identities.isEmpty || isNew {
      builder.widget("cancel").isVisible = !client.identities.isEmpty
    }
    if let field { field.grabFocus() }
  }

  private func trimmed(_ field: Widget) -> String {
    let text = field.entryText
    let start = text.drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
  }

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
