import IRC
import ParleyStore

/// Commands that cost much wait, and are not refused: their connection's input is not read meanwhile, and others go on.
extension Core {
  /// nil: trusted connections wait for nobody.
  func payer(of session: Session) -> Payer? {
    if session.info.isTrusted { return nil }
    if let account = session.account, !isOnProbation(account) { return .account(account.id) }
    let address = Admission.key(session.info.address)
    return session.account == nil ? .address(address) : .newAccounts(address)
  }

  /// Looks that have been taken for somebody. They are not counted for somebody who pays nothing.
  func charge(_ session: Session, _ looks: @autoclosure () -> Int) {
    if let payer = payer(of: session) { work.charge(payer, looks(), at: instant) }
  }

  /// Something said is on its way to so many connections. It is charged before it is stored, so that what waits for the disk
  /// counts as well.
  func chargeTalk(
    _ session: Session, bytes: @autoclosure () -> Int, to recipients: @autoclosure () -> Int, isStored: Bool = false
  ) {
    guard let payer = talkPayer(of: session) else { return }
    let stored = isStored ? WorkCost.change / 2 : 0
    talk.charge(payer, stored + WorkCost.passing(bytes(), to: recipients()), at: instant)
  }

  func mayWork(_ session: Session) -> Bool {
    guard let payer = payer(of: session) else { return true }
    return work.mayWork(payer, at: instant)
  }

  /// nil: also everybody where lines are not limited.
  private func talkPayer(of session: Session) -> Payer? { configuration.linesPerSecond > 0 ? payer(of: session) : nil }

  func mayTalk(_ session: Session) -> Bool { mayTalk(talkPayer(of: session)) }

  private func mayTalk(_ payer: Payer?) -> Bool {
    payer.map { talk.mayWork($0, at: instant, isScarce: isOutputScarce) } ?? true
  }

  /// Goes on, at the earliest, with the next event, and when the payer may work.
  func wait(_ session: Session, then task: @escaping (Core) -> Void) {
    waitingWork.append(task, for: payer(of: session))
  }

  /// Something waits and may go on now.
  public var hasWork: Bool {
    waitingWork.payers.contains { mayWork($0) } || waitingTalk.payers.contains { mayTalk($0) }
  }

  /// Something waits, perhaps for time to pass.
  public var hasWaitingWork: Bool { !waitingWork.isEmpty || !waitingTalk.isEmpty }

  private func mayWork(_ payer: Payer?) -> Bool { payer.map { work.mayWork($0, at: instant) } ?? true }

  /// Does some of what waits: as many tasks as are there now, each payer's while it may work.
  func resumeWork() {
    guard hasWaitingWork else { return }
    for payer in waitingWork.payers where mayWork(payer) {
      if let task = waitingWork.next(of: payer) { task(self) }
    }
    for payer in waitingTalk.payers where mayTalk(payer) {
      if let task = waitingTalk.next(of: payer) { task(self) }
    }
  }

  /// A command of a session is carried out again from its beginning when its payer may work.
  func postpone(_ line: InboundLine, of session: Session) {
    wait(session, then: again(line, of: session))
  }

  /// The same for what somebody says.
  func postponeTalk(_ line: InboundLine, of session: Session) {
    // The time that the end of a message of several lines waits is not its author's.
    if let batch = session.batch, batch.endedAt == nil, batch.isEnded(by: line) { session.batch?.endedAt = instant }
    waitingTalk.append(again(line, of: session), for: talkPayer(of: session))
  }

  private func again(_ line: InboundLine, of session: Session) -> (Core) -> Void {
    session.backlog.insert(line, at: 0)
    park(session)
    return { core in
      guard !session.isClosed else { return }
      session.wait = .appends
      core.unblocked.append(session)
    }
  }
}

extension UserCall {
  /// Targets that are looked at before others have their turn.
  private static let targetsAtOnce = 16

  /// Carries out something for each target of a list, pausing where its user's supply is used up. What is answered so far leaves
  /// at each pause.
  /// - Returns: what the handler returns.
  func forEach<Target>(_ targets: [Target], _ body: @escaping (Target) -> Void) -> Bool {
    guard let rest = work(on: targets[...], body) else { return true }
    core.park(session)
    goOn(with: rest, body)
    return false
  }

  /// - Returns: what is left; nil: nothing.
  private func work<Target>(on targets: ArraySlice<Target>, _ body: (Target) -> Void) -> ArraySlice<Target>? {
    var rest = targets
    var count = 0
    while let target = rest.popFirst() {
      body(target)
      count += 1
      if session.isClosed { return nil }
      if !rest.isEmpty, count >= Self.targetsAtOnce || !core.mayWork(session) { return rest }
    }
    return nil
  }

  private func goOn<Target>(with targets: ArraySlice<Target>, _ body: @escaping (Target) -> Void) {
    core.flush(reply)
    core.wait(session) { core in
      guard !session.isClosed, session.user === user else { return }
      if let rest = work(on: targets, body) { return goOn(with: rest, body) }
      if !session.isClosed { end() }
    }
  }
}
