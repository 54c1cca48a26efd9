import CGTK

// What is done to widgets again and again.

extension UnsafeMutablePointer where Pointee == GtkWidget {
  func addClass(_ name: String) { gtk_widget_add_css_class(self, name) }
  func removeClass(_ name: String) { gtk_widget_remove_css_class(self, name) }

  func setClass(_ name: String, _ isSet: Bool) {
    if isSet { addClass(name) } else { removeClass(name) }
  }

  var isVisible: Bool {
    get { Bool(gtk_widget_get_visible(self)) }
    nonmutating set { gtk_widget_set_visible(self, newValue.gtk) }
  }

  var isSensitive: Bool {
    get { Bool(gtk_widget_get_sensitive(self)) }
    nonmutating set { gtk_widget_set_sensitive(self, newValue.gtk) }
  }

  func grabFocus() { _ = gtk_widget_grab_focus(self) }

  /// What a screen reader says.
  func setAccessibleName(_ name: String) { parley_gtk_set_label(self, name) }

  /// Of a label: its beginning, if it is long.
  func setText(_ text: String) {
    let text = shortened(text)
    gtk_label_set_text(cast(), text)
    if Bool(gtk_label_get_wrap(cast())) {
      gtk_label_set_wrap_mode(cast(), labelWrapMode(for: text))
      parley_gtk_label_without_hyphens(self)
    }
    // GTK reads out the name of the class where there is nothing else.
    if text.isEmpty { setAccessibleName("") }
  }

  /// Of an entry of any kind.
  var entryText: String {
    get { gtk_editable_get_text(cast()).map { String(cString: $0) } ?? "" }
    nonmutating set { gtk_editable_set_text(cast(), newValue) }
  }

  func append(_ child: Widget) { gtk_box_append(cast(), child) }
}

/// A label of one line that never makes its surroundings wider.
func lineLabel(_ text: String = "", classes: [String] = []) -> Widget {
  let label: Widget = gtk_label_new("")
  label.setText(text)
  gtk_label_set_xalign(label.cast(), 0)
  gtk_label_set_ellipsize(label.cast(), PANGO_ELLIPSIZE_END)
  for name in classes { label.addClass(name) }
  return label
}

/// Where the lines of a text are broken: of a label.
func labelWrapMode(for text: String) -> PangoWrapMode { hasLongWord(text) ? PANGO_WRAP_CHAR : PANGO_WRAP_WORD_CHAR }

/// Of a text view.
func wrapMode(for text: String) -> GtkWrapMode { hasLongWord(text) ? GTK_WRAP_CHAR : GTK_WRAP_WORD_CHAR }

/// A label that breaks its lines.
func textLabel(_ text: String = "", classes: [String] = []) -> Widget {
  let label: Widget = gtk_label_new("")
  gtk_label_set_wrap(label.cast(), 1)
  label.setText(text)
  gtk_label_set_xalign(label.cast(), 0)
  for name in classes { label.addClass(name) }
  return label
}

func box(_ orientation: GtkOrientation, spacing: gint = 0, classes: [String] = []) -> Widget {
  let box: Widget = gtk_box_new(orientation, spacing)
  for name in classes { box.addClass(name) }
  return box
}

func button(_ title: String, classes: [String] = [], _ clicked: @escaping () -> Void) -> Widget {
  let button: Widget = gtk_button_new_with_mnemonic(title)
  for name in classes { button.addClass(name) }
  parley_gtk_name_parts(button)
  on(button, "clicked", clicked)
  return button
}

/// What a screen reader says for a row of a list view, from inside of which its content is known only.
func setRowName(_ content: Widget, _ name: String) {
  (gtk_widget_get_parent(content) ?? content).setAccessibleName(name)
}

/// A picture of somebody whose name stands beside it: nothing to read out.
func avatar(_ size: gint, _ name: String) -> Widget {
  let avatar: Widget = adw_avatar_new(size, name, 1)
  parley_gtk_name_parts(avatar)
  return avatar
}
