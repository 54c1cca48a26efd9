import ParleyStore

/// A device has left, and it is not known yet whether it has taken everything that it was sent.
struct Departure {
  let account: Account
  let device: String
  /// The position that is remembered meanwhile: the device has confirmed that it has read up to there.
  let confirmed: LogPosition
  /// Everything up to here was sent to it.
  let sent: LogPosition
}

/// A device's cursor stays at what the device has confirmed with a PONG until the loop reports that its peer has taken
/// everything: what lies in a queue has not been shown to anybody. Who comes back before the report is shown some messages twice.
extension Core {
  /// Milliseconds for which a server that stops waits for the reports.
  static let departureTime: Int64 = 3_000

  /// Called when a device is about to leave in good order, before its last words are written.
  func awaitDeparture(of session: Session, of user: User) {
    guard session.usesCursor, session.isShownEverything, session.confirmed < releasedPosition,
      let account = user.account
    else { return }
    let job = takeJob()
    departures[job] = Departure(
      account: account, device: session.device, confirmed: session.confirmed, sent: releasedPosition)
    emit(.reportTaken(session.id, job))
  }

  /// A device has left: what it is known to have been shown is remembered.
  func rememberDevice(_ session: Session, of user: User) {
    guard session.usesCursor, let account = user.account, accounts[account.name] === account else { return }
    guard !user.sessions.contains(where: { $0 !== session && isSameDevice($0, session) }) else { return }
    recordDevice(account, session.device, session.confirmed)
  }

  func taken(_ job: JobID, _ isTaken: Bool) {
    guard let departure = departures.removeValue(forKey: job), isTaken else { return }
    let account = departure.account
    // Unless the device has come back.
    guard accounts[account.name] === account, account.devices[departure.device] == departure.confirmed else { return }
    recordDevice(account, departure.device, departure.sent)
  }

  /// The server stops, and some devices may still take what they were sent.
  var awaitsDepartures: Bool { !departures.isEmpty && departuresEnd.map { instant < $0 } ?? false }
}
