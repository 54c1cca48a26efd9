import IRC

/// Something that has a name of its own.
protocol Named {
  /// As it is written.
  var name: String { get }
  /// Whether names that differ in 0 and O, or in 1 and l, look alike.
  static var digitsLookLikeLetters: Bool { get }
}

extension Named {
  static var digitsLookLikeLetters: Bool { true }
}

/// Things by their names, which also finds those whose names look like another one.
struct NameBook<Value: Named> {
  private var byName: [FoldedName: Value] = [:]
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
      byName[name] = newValue
      guard let newValue else { return }
      let own = Lookalikes.forms(newValue.name, withDigits: Value.digitsLookLikeLetters)
      forms[name] = own
      for form in own { byForm[form, default: []].insert(name) }
    }
  }

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

extension Room: Named {}
extension Account: Named {}

extension User: Named {
  var name: String { nick }
  /// Programs number their connections, also with letters for digits. Accounts are protected against `a1ice` by the book of accounts.
  static var digitsLookLikeLetters: Bool { false }
}
