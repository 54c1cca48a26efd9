import IRC
import ParleyStore

/// Something that has a name of its own.
protocol Named {
  /// As it is written.
  var name: String { get }
  /// Tells the order in which things came; never changes, and no two have the same. nil: they have no order.
  var order: Int64? { get }
  /// Whether names that differ in 0 and O, or in 1 and l, look alike.
  static var digitsLookLikeLetters: Bool { get }
}

extension Named {
  var order: Int64? { nil }
  static var digitsLookLikeLetters: Bool { true }
}

/// Things by their names, which also finds those whose names look like another one.
struct NameBook<Value: Named> {
  private var byName: [FoldedName: Value] = [:]
  /// In the order in which they came.
  private var roster = Roster<Int64, Value>()
  private var forms: [FoldedName: [String]] = [:]
  private var byForm: [String: Set<FoldedName>] = [:]

  /// A value whose name changes is removed before and added after.
  subscript(name: FoldedName) -> Value? {
    get { byName[name] }
    set {
      for form in forms.removeValue(forKey: name) ?? [] {
        byForm[form]?.remove(name)
        if byForm[form]?.isEmpty == true { byForm[form] = nil }
      }
      if let order = byName[name]?.order { roster.remove(order) }
      byName[name] = newValue
      guard let newValue else { return }
      if let order = newValue.order { roster.insert(newValue, at: order) }
      let own = Lookalikes.forms(newValue.name, withDigits: Value.digitsLookLikeLetters)
      forms[name] = own
      for form in own { byForm[form, default: []].insert(name) }
    }
  }

  subscript(order order: Int64) -> Value? { roster[order] }

  /// The next ones in the order in which they came; see `Roster.next`.
  func next(_ most: Int, after cursor: inout Int64?) -> [Value] { roster.next(most, after: &cursor) }

  var values: Dictionary<FoldedName, Value>.Values { byName.values }
  var keys: Dictionary<FoldedName, Value>.Keys { byName.keys }
  var count: Int { byName.count }

  /// Those that are easily taken for a name; without the one that has it.
  func lookalikes(of name: String) -> [Value] {
    let folded = FoldedName(name)
    var found: Set<FoldedName> = []
    for form in Lookalikes.forms(name, withDigits: Value.digitsLookLikeLetters) { found.formUnion(byForm[form] ?? []) }
    return found.subtracting([folded]).sorted().compactMap { byName[$0] }
  }
}

extension Room: Named {
  var order: Int64? { id.rawValue }
}

extension Account: Named {}

extension User: Named {
  var name: String { nick }
  var order: Int64? { Int64(bitPattern: number) }
  /// Programs number their connections, also with letters for digits. Accounts are protected against `a1ice` by the book of accounts.
  static var digitsLookLikeLetters: Bool { false }
}
