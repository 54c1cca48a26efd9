/// Questions to the log: each payer has only one with the readers at a time, which are two or more unless a setting says otherwise, so
/// that nobody's questions keep all readers from others.
package struct QuestionQueue {
  package static let most = 1

  private struct Asker {
    var underway = 0
    var waiting: [(JobID, StoreQuery)] = []
  }

  private var askers: [Payer: Asker] = [:]
  private var payers: [JobID: Payer] = [:]

  package init() {}

  /// - Returns: whether the question may be asked now.
  package mutating func ask(_ job: JobID, _ query: StoreQuery, for payer: Payer) -> Bool {
    payers[job] = payer
    var asker = askers[payer] ?? Asker()
    defer { askers[payer] = asker }
    guard asker.underway < Self.most else {
      asker.waiting.append((job, query))
      return false
    }
    asker.underway += 1
    return true
  }

  /// - Returns: who had asked, and what it asks next.
  package mutating func answered(_ job: JobID) -> (payer: Payer, next: (JobID, StoreQuery)?)? {
    guard let payer = payers.removeValue(forKey: job), var asker = askers[payer] else { return nil }
    let next = asker.waiting.isEmpty ? nil : asker.waiting.removeFirst()
    if next == nil { asker.underway -= 1 }
    askers[payer] = asker.underway == 0 ? nil : asker
    return (payer, next)
  }
}
