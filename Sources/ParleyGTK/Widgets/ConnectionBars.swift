import CGTK

/// One bar for each network that is not there: what is the matter, when the next attempt comes, and what can be done.
final class ConnectionBars {
  private let client: Client
  private let place: Widget
  private var bars: [ID: Bar] = [:]
  private var clock: Later?

  var onEdit: (ID) -> Void = { _ in }
  var onCertificate: (Question) -> Void = { _ in }

  init(_ builder: Builder, client: Client) {
    self.client = client
    place = builder.widget("bars")
    update()
  }

  func update() {
    let troubled = client.identities.filter { $0.state != .online }
    for (id, bar) in bars where !troubled.contains(where: { $0.id == id }) {
      gtk_box_remove(place.cast(), bar.widget)
      bars[id] = nil
    }
    for identity in troubled {
      let bar = bars[identity.id] ?? add(identity.id)
      bar.show(text(identity), identity.state == .stopped || question(identity) != nil, action(identity))
    }
    let waits = troubled.contains { $0.state == .waiting }
    if !waits { clock = nil } else if clock == nil { clock = .everySecond { [unowned self] in update() } }
  }

  private func add(_ id: ID) -> Bar {
    let bar = Bar { [unowned self] in act(id) }
    bars[id] = bar
    place.append(bar.widget)
    return bar
  }

  private func question(_ identity: Identity) -> Question? {
    client.questions.first { $0.identity == identity.id && $0.kind != .roomKey }
  }

  private func text(_ identity: Identity) -> String {
    let name = neutralLine(identity.name)
    let trouble = neutralLine(identity.trouble)
    switch question(identity)?.kind {
    case .certificate: return "\(name): the server's certificate has changed"
    case .password, .newPassword: return "\(name): a password is needed"
    case .roomKey, nil: break
    }
    var text: String
    switch identity.state {
    case .online: return name
    case .connecting: text = "\(name): connecting…"
    case .signingIn: text = "\(name): signing in…"
    case .offline: text = "\(name): offline"
    case .waiting:
      let seconds = max(0, (identity.retryTime - LocalTime.milliseconds() + 999) / 1000)
      text = seconds > 0 ? "\(name): offline, retrying in \(seconds) s" : "\(name): offline, retrying…"
    case .stopped: text = "\(name): " + (identity.error == .signIn ? "sign-in failed" : "stopped")
    }
    if identity.state == .stopped || identity.state == .waiting, !trouble.isEmpty { text += " (\(trouble))" }
    return text
  }

  private func action(_ identity: Identity) -> String? {
    switch question(identity)?.kind {
    case .certificate: return "_Look at It"
    case .password, .newPassword: return "_Sign In"
    case .roomKey, nil: break
    }
    return switch identity.state {
    case .offline: "_Connect"
    case .waiting: "_Retry Now"
    case .stopped: identity.error == .signIn ? "_Edit" : "_Try Again"
    case .connecting, .signingIn, .online: nil
    }
  }

  private func act(_ id: ID) {
    guard let identity = client.identity(id) else { return }
    if let question = question(identity) {
      if question.kind == .certificate { onCertificate(question) } else { onEdit(id) }
    } else if identity.state == .stopped, identity.error == .signIn {
      onEdit(id)
    } else {
      client.engine.connect(id)
    }
  }

  private final class Bar {
    let widget: Widget
    private let label: Widget
    private let button: Widget

    init(_ act: @escaping () -> Void) {
      widget = parley_gtk_alert_new()
      widget.addClass("connection-bar")
      label = textLabel()
      gtk_widget_set_hexpand(label, 1)
      button = ParleyGTK.button("", classes: ["flat"], act)
      widget.append(label)
      widget.append(button)
    }

    func show(_ text: String, _ isSerious: Bool, _ action: String?) {
      label.setText(text)
      widget.setAccessibleName(text)
      widget.setClass("stopped", isSerious)
      button.isVisible = action != nil
      gtk_button_set_label(button.cast(), action ?? "")
      parley_gtk_name_parts(button)
    }
  }
}
