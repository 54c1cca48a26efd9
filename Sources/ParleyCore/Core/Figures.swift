/// What the core knows of itself, in numbers: for the operator.
public struct CoreFigures: Sendable, Equatable {
  /// Connections that have registered.
  public var sessions = 0
  public var users = 0
  public var accounts = 0
  /// Accounts with a connected device.
  public var accountsOnline = 0
  public var rooms = 0
  /// Items of the stream that wait for the store.
  public var waiting = 0
  public var refusedConnections = 0
  /// Wrong passwords, and sign-ins that were not looked at because of them.
  public var failedSignIns = 0
  public var throttledSignIns = 0

  public init() {}
}

extension Core {
  /// Rooms that people can know of.
  var visibleRooms: Int { rooms.count - awaitedRooms.count }

  /// Takes a look at every user: not for every event.
  public var figures: CoreFigures {
    var figures = CoreFigures()
    figures.sessions = registeredCount
    figures.users = users.count
    figures.accounts = accounts.count
    figures.accountsOnline = users.values.reduce(0) { $0 + ($1.account != nil && !$1.sessions.isEmpty ? 1 : 0) }
    figures.rooms = visibleRooms
    figures.waiting = stream.count
    figures.refusedConnections = admission.refusals
    figures.failedSignIns = throttle.failures
    figures.throttledSignIns = throttle.refusals
    return figures
  }
}
