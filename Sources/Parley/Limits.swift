/// The most bytes that texts of the C interface may have.
enum Limit {
  // Said in the header.
  static let clientName = 64
  static let key = 64
  static let value = 65_536
  static let reason = 300
  static let secret = 600
  static let message = 65_536
  static let reaction = 64
  static let edit = 400
  static let query = 1_000
  static let rawTags = 4_096
  static let rawLine = 510

  // One line of IRC has to hold these with what surrounds them.
  static let path = 4_095
  static let link = 1_024
  static let nick = 64
  static let chatName = 200
  static let roomKey = 100
  static let topic = 390
  static let pattern = 200
  static let mask = 200
  static let email = 320
  static let code = 300
  static let feature = 64
}
