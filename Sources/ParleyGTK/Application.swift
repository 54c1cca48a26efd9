import CGTK
import CParley
import Glibc

/// The program: one window on one engine. A second start brings the window of the first to the front.
final class Application {
  private let options: Options
  private let application: UnsafeMutablePointer<GtkApplication>
  private var engine: Engine?
  private var window: Window?

  init(_ options: Options) {
    self.options = options
    // Another folder is another program, as far as the desktop is concerned.
    let alone = options.directory == nil ? 0 : G_APPLICATION_NON_UNIQUE.rawValue
    application = adw_application_new(
      "chat.parley.Parley", GApplicationFlags(rawValue: G_APPLICATION_HANDLES_OPEN.rawValue | alone)
    )
    .cast()
    on(application, "startup") { [unowned self] in startup() }
    on(application, "activate") { [unowned self] in activate(link: nil) }
    on(application, "shutdown") { [unowned self] in shutdown() }
    onOpen(application) { [unowned self] in activate(link: $0.first) }
  }

  func run() -> Int32 {
    g_set_application_name("Parley")
    g_set_prgname("parley-gtk")
    // Handed on to the window that is open already, if there is one.
    let arguments = ["parley-gtk"] + (options.link.map { [$0.contains("://") ? $0 : "ircs://" + $0] } ?? [])
    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return g_application_run(application.cast(), gint(clamping: pointers.count), &pointers)
  }

  // MARK: -

  private func startup() {
    gtk_window_set_default_icon_name("chat.parley.Parley")
    if let css = parley_gtk_resource("style.css"), let display = gdk_display_get_default() {
      let provider = gtk_css_provider_new()
      gtk_css_provider_load_from_data(provider, css, -1)
      gtk_style_context_add_provider_for_display(
        display, provider?.cast(), guint(GTK_STYLE_PROVIDER_PRIORITY_APPLICATION))
    }
    addAction(to: application, "quit") { [unowned self] in quit() }
    let keys = [
      ("app.quit", "<Control>q"), ("win.join", "<Control>n"), ("win.switcher", "<Control>k"), ("win.details", "F9"),
      ("win.show-help-overlay", "<Control>question"), ("win.newest", "<Control>End"),
    ]
    for (action, key) in keys { setKey(key, for: action) }
  }

  private func setKey(_ key: String, for action: String) {
    key.withCString { key in
      var keys: [UnsafePointer<CChar>?] = [key, nil]
      gtk_application_set_accels_for_action(application, action, &keys)
    }
  }

  private func activate(link: String?) {
    if let window {
      window.present()
      if let link { window.openLink(link) }
      return
    }
    do throws(EngineError) {
      try makeFolder()
      let engine = try Engine(directory: options.engineDirectory)
      self.engine = engine
      watchNetwork()
      // Before there are widgets, which would take over the colours of the other style.
      apply(style: engine.value("gtk-style") ?? "system")
      let window = Window(application: application, client: Client(engine: engine))
      self.window = window
      addSettings(engine, window)
      window.start(link: link)
      window.present()
      if let link, !window.client.identities.isEmpty { window.openLink(link) }
    } catch {
      ProblemWindow(application: application, error, directory: options.engineDirectory).present()
    }
  }

  /// Another network, or none, or the machine was asleep: the engine need not find out by waiting.
  private func watchNetwork() {
    guard let monitor = g_network_monitor_get_default() else { return }
    onNumber(monitor, "network-changed") { [weak self] _ in self?.engine?.networkChanged() }
  }

  private func addSettings(_ engine: Engine, _ window: Window) {
    addChoice(to: application, "style", value: engine.value("gtk-style") ?? "system") { [unowned self] style in
      engine.set("gtk-style", to: style)
      apply(style: style)
    }
    let tells = engine.value("typing") != "0"
    window.conversation.composer.tellsTyping = tells
    addToggle(to: application, "typing", isOn: tells) { tells in
      engine.set("typing", to: tells ? "1" : "0")
      window.conversation.composer.tellsTyping = tells
    }
  }

  private func apply(style: String) {
    let scheme =
      switch style {
      case "light": ADW_COLOR_SCHEME_FORCE_LIGHT
      case "dark": ADW_COLOR_SCHEME_FORCE_DARK
      default: ADW_COLOR_SCHEME_DEFAULT
      }
    adw_style_manager_set_color_scheme(adw_style_manager_get_default(), scheme)
  }

  /// The engine makes the last folder of the path; those above it are the desktop's.
  private func makeFolder() throws(EngineError) {
    guard let parent = g_path_get_dirname(options.engineDirectory) else { return }
    defer { g_free(parent) }
    guard g_mkdir_with_parents(parent, 0o700) == 0 else { throw EngineError(code: Int32(PARLEY_E_STORE)) }
  }

  private func quit() {
    window?.save()
    g_application_quit(application.cast())
  }

  private func shutdown() {
    engine?.close()
    engine = nil
  }
}
