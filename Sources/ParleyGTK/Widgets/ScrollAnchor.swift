import CGTK

/// Keeps what is in view where it is while rows come and go above, below and within it.
///
/// Before a change it remembers the first row that is wholly in view and where it stands, or that the view is at the end. GTK lays
/// out the change in the frame clock's layout phase; right behind that, before anything is painted, the scroll position is set to
/// where the row has gone. (Correcting in the adjustment's own signal is too early, in an idle callback a frame too late.)
final class ScrollAnchor {
  private let scrolled: Widget
  private let list: Widget
  private let adjustment: UnsafeMutablePointer<GtkAdjustment>

  /// The view follows new rows.
  private(set) var isAtEnd = true
  private var row: Widget?
  /// Of that row, below the top of the view.
  private var offset = 0.0

  /// Rows have changed since the last layout: their places are not known.
  private var isChanging = false
  private var isSetting = false
  private var upper = 0.0
  private var page = 0.0

  /// What comes at the end is the newest there is: only then the view may follow it.
  var canFollow: () -> Bool = { true }
  /// The position has changed, by the person or by a layout.
  var onMoved: () -> Void = {}

  init(scrolled: Widget, list: Widget) {
    self.scrolled = scrolled
    self.list = list
    adjustment = gtk_scrolled_window_get_vadjustment(scrolled.cast())
    on(adjustment, "value-changed") { [unowned self] in valueChanged() }
    on(scrolled, "realize", after: true) { [unowned self] in
      guard let clock = gtk_widget_get_frame_clock(scrolled) else { return }
      on(clock, "layout", after: true) { [weak self] in self?.layoutDone() }
    }
  }

  /// Pixels that lie above and below the view.
  var distances: (above: Double, below: Double) {
    let value = gtk_adjustment_get_value(adjustment)
    return (value, upper - page - value)
  }

  var viewHeight: Double { page }

  /// Call before rows change. `stays`: whether a row will still be there.
  func willChange(stays: (Widget) -> Bool) {
    if !isChanging { remember(stays) }
    if let row, !stays(row) { self.row = nil }
    isChanging = true
  }

  /// From the next layout on the view is at the end.
  func goToEnd() {
    isAtEnd = true
    isChanging = true
    gtk_widget_queue_allocate(scrolled)
  }

  /// From the next layout on the row is a third below the top of the view.
  func go(to row: Widget) {
    isAtEnd = false
    self.row = row
    offset = max(page, 300) / 3
    isChanging = true
    gtk_widget_queue_allocate(scrolled)
  }

  func scroll(pages: Double) {
    gtk_adjustment_set_value(adjustment, gtk_adjustment_get_value(adjustment) + pages * page * 0.9)
  }

  /// The row at a place in the view, counted from its top; nil: none.
  func row(at y: Double) -> Widget? {
    let top = gtk_adjustment_get_value(adjustment)
    guard let row = gtk_list_box_get_row_at_y(list.cast(), gint(clamping: Int(top + y) - Int(listTop))) else {
      return nil
    }
    return row.cast()
  }

  // MARK: -

  /// A list shorter than the view stands at its bottom.
  private var listTop: Double {
    page > 0 && upper <= page ? max(0, upper - Double(gtk_widget_get_height(list))) : 0
  }

  private func valueChanged() {
    // A layout that clamps the value is not the person's doing.
    guard !isSetting, !isChanging, gtk_adjustment_get_upper(adjustment) == upper,
      gtk_adjustment_get_page_size(adjustment) == page
    else { return }
    isAtEnd = canFollow() && upper - page - gtk_adjustment_get_value(adjustment) < 2
    remember { _ in true }
    onMoved()
  }

  private func layoutDone() {
    let newUpper = gtk_adjustment_get_upper(adjustment)
    let newPage = gtk_adjustment_get_page_size(adjustment)
    guard newPage > 0, isChanging || newUpper != upper || newPage != page else { return }
    upper = newUpper
    page = newPage
    isChanging = false
    let value = gtk_adjustment_get_value(adjustment)
    var wanted = value
    if isAtEnd {
      wanted = upper - page
    } else if let row, let top = top(of: row) {
      wanted = top - offset
    }
    wanted = min(max(wanted, 0), max(upper - page, 0))
    if abs(wanted - value) > 0.5 {
      isSetting = true
      gtk_adjustment_set_value(adjustment, wanted)
      isSetting = false
    }
    if canFollow(), upper - page - wanted < 2 { isAtEnd = true }
    onMoved()
  }

  private func remember(_ stays: (Widget) -> Bool) {
    row = nil
    guard !isAtEnd else { return }
    let value = gtk_adjustment_get_value(adjustment)
    var candidate: Widget? = gtk_list_box_get_row_at_y(list.cast(), gint(clamping: Int(value)))?.cast()
    while let current = candidate {
      if stays(current), let top = top(of: current), top >= value - 0.5 {
        row = current
        offset = top - value
        return
      }
      candidate = gtk_widget_get_next_sibling(current)
    }
  }

  /// Of a row, in the list.
  private func top(of row: Widget) -> Double? {
    var bounds = graphene_rect_t()
    guard Bool(gtk_widget_compute_bounds(row, list, &bounds)) else { return nil }
    return Double(bounds.origin.y)
  }
}
