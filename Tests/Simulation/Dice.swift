import ParleyTesting
import Seeded

/// All chance of one run comes from here, so that a seed is a run.
final class Dice {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  func next() -> UInt64 { random.next() }

  /// 0 ..< bound; 0 for a bound below 2.
  func below(_ bound: Int) -> Int { bound < 2 ? 0 : Int(random.next() % UInt64(bound)) }

  func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

  func chance(_ part: Int, in whole: Int) -> Bool { below(whole) < part }

  func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}

/// First in, first out.
struct Queue<Element> {
  private var elements: [Element] = []
  private var head = 0

  var isEmpty: Bool { head == elements.count }
  var count: Int { elements.count - head }

  mutating func push(_ element: Element) { elements.append(element) }

  mutating func pop() -> Element? {
    guard head < elements.count else { return nil }
    defer {
      head += 1
      if head == elements.count {
        elements.removeAll(keepingCapacity: true)
        head = 0
      }
    }
    return elements[head]
  }

  /// For broken builds only.
  mutating func swapFirstTwo() {
    if count >= 2 { elements.swapAt(head, head + 1) }
  }
}

/// What happened in a run: always as a number, in words when somebody wants to read it.
final class Trace {
  let isVerbose: Bool
  private(set) var hash: UInt64 = 0xcbf2_9ce4_8422_2325
  private(set) var lines: [String] = []

  init(isVerbose: Bool) { self.isVerbose = isVerbose }

  func note(_ words: @autoclosure () -> String) {
    if isVerbose { lines.append(words()) }
  }

  func mix(_ value: Int) {
    hash = (hash ^ UInt64(truncatingIfNeeded: value)) &* 0x100_0000_01b3
  }

  func mix(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
  }
}
