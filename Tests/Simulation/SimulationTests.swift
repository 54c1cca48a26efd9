import Foundation
import Testing

@Suite("Simulation")
struct SimulationTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let seeds: [UInt64] = {
    if let one = environment["PARLEY_SEED"].flatMap({ UInt64($0) }) { return [one] }
    guard let words = environment["PARLEY_SEEDS"] else { return Array(1...500) + onceFailed }
    // How many, or `first-last`.
    let bounds = words.split(separator: "-").compactMap { UInt64($0) }
    guard let last = bounds.last, let first = bounds.count > 1 ? bounds.first : 1, first <= last else { return [1] }
    return Array(first...last)
  }()
  /// Each has shown a fault of another kind than those before.
  private static let onceFailed: [UInt64] = [682, 741, 1146, 1278, 1829, 3826, 10884]
  private static let shares = 2

  /// Each share runs beside the others.
  @Test("nothing is lost, repeated, reordered or shown to others", arguments: 0..<shares)
  func holds(share: Int) {
    let clock = ContinuousClock()
    let start = clock.now
    var failed = 0
    var (runs, steps, messages, faults, engines) = (0, 0, 0, 0, 0)
    var deeds: [String: Int] = [:]
    for seed in Self.seeds where Int(seed % UInt64(Self.shares)) == share {
      let result = Simulation.run(seed: seed)
      runs += 1
      steps += result.steps
      messages += result.messages
      faults += result.faults
      engines += result.engines
      deeds.merge(result.deeds, uniquingKeysWith: +)
      if result.problems.isEmpty { continue }
      let trace = Simulation.run(seed: seed, isVerbose: true).trace.suffix(Self.seeds.count == 1 ? 100_000 : 60)
      Issue.record(
        """
        PARLEY_SEED=\(seed)
        \(trace.joined(separator: "\n"))
        \(result.problems.joined(separator: "\n"))
        """)
      failed += 1
      if failed == 3 { break }
    }
    print(
      "simulation: \(runs) runs, \(engines) engines, \(steps) steps, \(messages) messages, \(faults) faults in "
        + "\(clock.now - start); "
        + deeds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
    // A workload that does nothing shows nothing.
    if share == 0, Self.seeds.count >= 500 {
      for deed in [
        "edits", "redactions", "refused redactions", "markers", "departures", "passwords", "deletions", "restores",
        "losses that engines know of", "jumps of years", "large rows", "reaction bombs", "slow readers",
      ] {
        #expect(deeds[deed, default: 0] > 0, "\(deed)")
      }
    }
  }

  @Test("the same seed gives the same run", arguments: [1, 2, 3, 4] as [UInt64])
  func isDeterministic(seed: UInt64) {
    let one = Simulation.run(seed: seed)
    let other = Simulation.run(seed: seed, isVerbose: true)
    #expect(one.hash == other.hash)
    #expect(one.steps == other.steps)
  }

  @Test("the checker notices a broken server", arguments: Defect.allCases)
  func noticesDefects(defect: Defect) {
    let caught = (1...40 as ClosedRange<UInt64>).first { !Simulation.run(seed: $0, defect: defect).problems.isEmpty }
    #expect(caught != nil)
    print("simulation: \(defect) is noticed with seed \(caught ?? 0)")
  }

  @Test("the checker notices a broken engine", arguments: EngineDefect.allCases)
  func noticesEngineDefects(defect: EngineDefect) {
    let caught = (1...40 as ClosedRange<UInt64>).first {
      !Simulation.run(seed: $0, engineDefect: defect).problems.isEmpty
    }
    #expect(caught != nil)
    print("simulation: \(defect) is noticed with seed \(caught ?? 0)")
  }
}
