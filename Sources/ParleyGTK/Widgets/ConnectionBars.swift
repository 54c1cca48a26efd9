import CGTK

/// One bar for each network that is not there: what is the matter, when the next attempt comes, and what can be done.
final class ConnectionBars {
  private let client: Client
  private let place: Widget
  private var bars: [ID: Bar] = [:]
  private var clock: Later?

  var onEdit: (ID) -> Void = { _ in }
  var onConnect: (ID) -> Void = { _ in }
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
      let isSerious = identity.state == .stopped || question(identity) != nil
      bar.show(text(identity), isSerious: isSerious, [action(identity)])
    }
    let waits = troubled.contains { $0.state == .waiting }
    if !waits { clock = nil } else if clock == nil { clock = .everySecond { [unowned self] in update() } }
  }

  private func add(_ id: ID) -> Bar {
    let bar = Bar([{ [unowned self] in act(id) }])
    bars[id] = bar
    place.append(bar.widget)
    return bar
  }

  private func question(_ identity: Identity) -> Question? {
    client.questions.first { $0.identity == identity.id }
  }

  private func text(_ identity: Identity) -> String {
    let name = neutralLine(identity.name)
    if let question = question(identity) {
      switch question.kind {
      case .certificate: return "\(name) \(certificateNews(question))"
      case .password where question.isRepeated: return "\(name): wrong account name or password"
      case .password, .newPassword: return "\(name) needs your password"
      case .serverPassword where question.isRepeated: return "\(name): wrong server password"
      case .serverPassword: return "\(name) needs the server's password"
      }
    }
    let trouble = neutralLine(identity.trouble)
    switch identity.state {
    case .online: return name
    case .connecting: return "\(name): connecting…"
    case .signingIn: return "\(name): signing in…"
    case .offline: return "\(name): offline"
    case .waiting:
      let seconds = max(0, (identity.retryTime - LocalTime.milliseconds() + 999) / 1000)
      let when = seconds > 0 ? "retrying in \(seconds) s" : "retrying…"
      return "\(name): offline, \(when)" + (trouble.isEmpty ? "" : " (\(trouble))")
    case .stopped where identity.error == .certificate:
      return "\(name): disconnected, the server's certificate is not trusted"
    case .stopped:
      let what = identity.error == .signIn ? "sign-in failed" : "disconnected"
      return "\(name): \(what)" + (trouble.isEmpty ? "" : " (\(trouble))")
    }
  }

  private func action(_ identity: Identity) -> String {
    switch question(identity)?.kind {
    case .certificate: return "_Review…"
    case .password, .newPassword, .serverPassword: return "_Sign In"
    case nil: break
    }
    return switch identity.state {
    case .offline: "_Connect"
    case .waiting: "_Retry Now"
    case .stopped: identity.error == .signIn ? "_Edit" : "_Try Again"
    case .connecting, .signingIn, .online: ""
    }
  }

  private func act(_ id: ID) {
    guard let identity = client.identity(id) else { return }
    if let question = question(identity) {
      if question.kind == .certificate { onCertificate(question) } else { onEdit(id) }
    } else if identity.state == .stopped, identity.error == .signIn {
      onEdit(id)
    } else {
      onConnect(id)
    }
  }
}

/// The subject of a question about a certificate, as the end of a sentence that begins with the network's name.
func certificateNews(_ question: Question) -> String {
  certificateFingerprints(question).count > 1
    ? "is using a different certificate than before" : "has a certificate that no authority vouches for now"
}

/// The fingerprints that a question about a certificate names: the one until now, if there was another one, and the one shown now.
func certificateFingerprints(_ question: Question) -> [String] {
  question.text.split(separator: " ").filter { $0 != "-" }.map(String.init)
}
