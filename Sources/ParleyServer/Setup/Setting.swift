/// One row of the settings table: everything that is known of a setting, in one place.
public struct Setting: Sendable {
  /// When a changed value takes effect.
  public enum Effect: Sendable {
    /// At once, with SIGHUP.
    case reload
    case restart
  }

  typealias Field<Value> = any WritableKeyPath<Setup, Value> & Sendable

  public let key: String
  /// What the number counts or what the text must look like, e.g. `bytes` or `ircs://ADDRESS:PORT`.
  public let unit: String
  /// One line.
  public let summary: String
  public let effect: Effect
  /// May be given several times.
  public let isList: Bool
  /// The value must not be readable for others.
  public let isSecret: Bool
  /// What it sets: the tests find fields without a setting by it.
  package let field: any PartialKeyPath<Setup> & Sendable
  /// Takes the value of one setup over into another.
  let copy: @Sendable (Setup, inout Setup) -> Void
  /// The values as they stand in a file, unquoted; one for a setting that is no list.
  let read: @Sendable (Setup) -> [String]
  private let set: @Sendable (String, inout Setup) throws(BadValue) -> Void
  private let clear: (@Sendable (inout Setup) -> Void)?

  /// Replaces the value, or adds to a list.
  func assign(_ value: String, to setup: inout Setup) throws(BadValue) { try set(value, &setup) }

  /// Empties a list; anything else is left alone.
  func empty(_ setup: inout Setup) { clear?(&setup) }

  static func number(
    _ key: String, _ field: Field<Int>, _ range: ClosedRange<Int>, unit: String = "",
    _ summary: String, _ effect: Effect = .reload
  ) -> Setting {
    let bounds = "\(range.lowerBound) to \(range.upperBound)"
    return Setting(
      key: key, unit: unit.isEmpty ? bounds : "\(unit), \(bounds)", summary: summary, effect: effect, isList: false,
      isSecret: false, field: field, copy: copying(field), read: { ["\($0[keyPath: field])"] },
      set: { (text, setup) throws(BadValue) in
        guard let number = Int(text) else { throw BadValue("`\(text)` is not a whole number") }
        guard range.contains(number) else { throw BadValue("\(number) is out of range: \(bounds)") }
        setup[keyPath: field] = number
      }, clear: nil)
  }

  static func flag(
    _ key: String, _ field: Field<Bool>, _ summary: String, _ effect: Effect = .reload
  ) -> Setting {
    Setting(
      key: key, unit: "true or false", summary: summary, effect: effect, isList: false, isSecret: false, field: field,
      copy: copying(field), read: { ["\($0[keyPath: field])"] },
      set: { (text, setup) throws(BadValue) in
        guard let value = Bool(text) else { throw BadValue("`\(text)` is neither true nor false") }
        setup[keyPath: field] = value
      }, clear: nil)
  }

  static func text(
    _ key: String, _ field: Field<String>, unit: String = "", _ summary: String,
    _ effect: Effect = .reload, isSecret: Bool = false,
    check: @escaping @Sendable (String) throws(BadValue) -> Void
  ) -> Setting {
    Setting(
      key: key, unit: unit, summary: summary, effect: effect, isList: false, isSecret: isSecret, field: field,
      copy: copying(field), read: { [$0[keyPath: field]] },
      set: { (text, setup) throws(BadValue) in
        try check(text)
        setup[keyPath: field] = text
      }, clear: nil)
  }

  static func choice<Value: RawRepresentable & CaseIterable & Sendable>(
    _ key: String, _ field: Field<Value>, _ summary: String, _ effect: Effect = .reload
  ) -> Setting where Value.RawValue == String {
    let all = Value.allCases.map(\.rawValue).joined(separator: ", ")
    return Setting(
      key: key, unit: all, summary: summary, effect: effect, isList: false, isSecret: false, field: field,
      copy: copying(field), read: { [$0[keyPath: field].rawValue] },
      set: { (text, setup) throws(BadValue) in
        guard let value = Value(rawValue: text) else { throw BadValue("`\(text)` is none of \(all)") }
        setup[keyPath: field] = value
      }, clear: nil)
  }

  static func list<Element: Sendable>(
    _ key: String, _ field: Field<[Element]>, unit: String, _ summary: String,
    _ effect: Effect = .reload, isSecret: Bool = false, parse: @escaping @Sendable (String) throws(BadValue) -> Element,
    render: @escaping @Sendable (Element) -> String
  ) -> Setting {
    Setting(
      key: key, unit: unit, summary: summary, effect: effect, isList: true, isSecret: isSecret, field: field,
      copy: copying(field), read: { $0[keyPath: field].map(render) },
      set: { (text, setup) throws(BadValue) in setup[keyPath: field].append(try parse(text)) },
      clear: { $0[keyPath: field] = [] })
  }

  private static func copying<Value>(
    _ field: Field<Value>
  ) -> @Sendable (Setup, inout Setup) -> Void {
    { source, target in target[keyPath: field] = source[keyPath: field] }
  }
}
