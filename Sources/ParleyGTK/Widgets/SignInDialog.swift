import CGTK

/// Asks again for account and password, after the server did not accept them or wants them now.
final class SignInDialog: Dialog {
  private let builder = Builder("sign-in.ui")
  let dialog: Widget

  var onSignIn: (_ account: String, _ password: String) -> Void = { _, _ in }

  /// - Parameter reason: a sentence; empty: the server only wants to know.
  init(parent: Widget, network: String, reason: String, account: String) {
    dialog = builder.widget("dialog")
    gtk_window_set_transient_for(dialog.cast(), parent.cast())
    builder.widget("reason").setText(reason.isEmpty ? "\(network) needs your password." : reason)
    builder.widget("account").entryText = account
    on(builder.widget("cancel"), "clicked") { [unowned self] in close() }
    on(builder.widget("accept"), "clicked") { [unowned self] in accept() }
    on(builder.widget("password"), "entry-activated") { [unowned self] in accept() }
    onKey(dialog, early: true) { [unowned self] key in
      guard key.value == guint(GDK_KEY_Escape) else { return false }
      close()
      return true
    }
    onRequest(dialog, "close-request") { [unowned self] in
      // Else its cursor goes on blinking.
      gtk_window_set_focus(dialog.cast(), nil)
      return false
    }
  }

  func present() {
    parley_gtk_name_parts(dialog)
    gtk_window_present(dialog.cast())
    builder.widget("password").grabFocus()
  }

  private func accept() {
    let account = builder.widget("account").entryText
    let password = builder.widget("password").entryText
    guard !account.isEmpty, !password.isEmpty else { return }
    let action = onSignIn
    close()
    action(account, password)
  }
}
