import ParleyCore
import Seeded
import Testing

/// Lists that are gone through in pieces.
@Suite("Roster")
struct RosterTests {
  @Test(arguments: 1...20) func whoeverStaysIsMetOnce(seed: Int) {
    var dice = SeededRandom(seed: UInt64(seed))
    var roster = Roster<Int, Int>()
    for key in 0..<200 { roster.insert(key, at: key * 2) }
    var left: Set<Int> = Set(0..<200)
    var met: [Int] = []
    var cursor: Int?
    var isFirst = true
    while isFirst || cursor != nil {
      isFirst = false
      met += roster.next(1 + Int(dice.next() % 30), after: &cursor)
      for _ in 0..<10 {
        let key = Int(dice.next() % 200)
        if dice.next() % 3 > 0 {
          roster.remove(key * 2)
          left.remove(key)
        } else {
          roster.insert(-1, at: key * 2 + 1)
        }
      }
    }
    #expect(Set(met).isSuperset(of: left))
    let kept = met.filter { $0 >= 0 }
    #expect(Set(kept).count == kept.count)
    #expect(kept == kept.sorted())
  }

  @Test func thingsComeBackAtTheirPlace() {
    var roster = Roster<Int, String>()
    for (key, name) in [(1, "a"), (3, "c"), (2, "b")] { roster.insert(name, at: key) }
    roster.remove(2)
    roster.remove(2)
    #expect(roster.count == 2 && roster[2] == nil)
    roster.insert("B", at: 2)
    var cursor: Int?
    let all = roster.next(10, after: &cursor)
    #expect(all == ["a", "B", "c"])
    #expect(cursor == nil && roster[2] == "B")
  }
}
