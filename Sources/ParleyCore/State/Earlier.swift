/// What others have been shown of a value, while changes to it wait for their place in the order of effects.
///
/// A command decides with the current value, which already holds every change that has been decided. A line that is written when
/// its place in the order has come describes the shown value, because then it agrees with the lines ahead of it and with those behind
/// it. Nothing is kept while no change is on its way.
struct Earlier<Value> {
  private final class Underway {
    var value: Value
    var count = 1

    init(_ value: Value) { self.value = value }
  }

  private var underway: Underway?

  /// The value as it has been shown; nil: the current one has.
  var value: Value? { underway?.value }

  /// A change has been decided. `end` follows at its place in the order.
  /// - Parameter value: as it was before the change.
  mutating func begin(_ value: @autoclosure () -> Value) {
    if let underway { underway.count += 1 } else { underway = Underway(value()) }
  }

  /// The place of a change has come.
  /// - Parameter change: nil: it has failed and nobody is shown it.
  mutating func end(_ change: ((inout Value) -> Void)?) {
    guard let underway else { return }
    underway.count -= 1
    if underway.count == 0 {
      self.underway = nil
    } else {
      change?(&underway.value)
    }
  }
}
