import CGTK

// Actions are what menus, buttons and accelerators name: "win.join", "app.quit".

/// - Parameter map: a window or an application.
func addAction(to map: some ObjectPointer, _ name: String, _ body: @escaping () -> Void) {
  guard let action = g_simple_action_new(name, nil) else { return }
  onPointer(action, "activate") { _ in body() }
  g_action_map_add_action(map.cast(), action.cast())
}

/// An action about what its target names: "win.network-edit::7".
func addTargetedAction(to map: some ObjectPointer, _ name: String, _ body: @escaping (String) -> Void) {
  let type = g_variant_type_new("s")
  defer { g_variant_type_free(type) }
  guard let action = g_simple_action_new(name, type) else { return }
  onPointer(action, "activate") { target in
    guard let target, let text = g_variant_get_string(OpaquePointer(target), nil) else { return }
    body(String(cString: text))
  }
  g_action_map_add_action(map.cast(), action.cast())
}

/// An action that is on or off.
func addToggle(to map: some ObjectPointer, _ name: String, isOn: Bool, _ body: @escaping (Bool) -> Void) {
  guard let action = g_simple_action_new_stateful(name, nil, g_variant_new_boolean(isOn.gtk)) else { return }
  onPointer(action, "change-state") { value in
    guard let value else { return }
    let isOn = Bool(g_variant_get_boolean(OpaquePointer(value)))
    g_simple_action_set_state(action, g_variant_new_boolean(isOn.gtk))
    body(isOn)
  }
  g_action_map_add_action(map.cast(), action.cast())
}

/// An action that is one of several words.
func addChoice(to map: some ObjectPointer, _ name: String, value: String, _ body: @escaping (String) -> Void) {
  let type = g_variant_type_new("s")
  defer { g_variant_type_free(type) }
  guard let action = g_simple_action_new_stateful(name, type, g_variant_new_string(value)) else { return }
  onPointer(action, "change-state") { value in
    guard let value, let text = g_variant_get_string(OpaquePointer(value), nil) else { return }
    g_simple_action_set_state(action, g_variant_new_string(text))
    body(String(cString: text))
  }
  g_action_map_add_action(map.cast(), action.cast())
}

/// Shows a state without acting on it.
func setToggle(of map: some ObjectPointer, _ name: String, _ isOn: Bool) {
  guard let action = g_action_map_lookup_action(map.cast(), name) else { return }
  g_simple_action_set_state(action.cast(), g_variant_new_boolean(isOn.gtk))
}

func setEnabled(of map: some ObjectPointer, _ name: String, _ isEnabled: Bool) {
  guard let action = g_action_map_lookup_action(map.cast(), name) else { return }
  g_simple_action_set_enabled(action.cast(), isEnabled.gtk)
}
