// Catching up and reading.
extension Device {
  func ask() {
    if let index = unsynced.first {
      query = Query(purpose: .catchingUp(index))
      var point = "timestamp=1971-01-01T00:00:00.000Z"
      if let id = points[index] {
        point = "msgid=\(id)"
      } else if let last = copies[index].last {
        // The id tells whether the server still has it.
        point =
          !stage.log.losses.isEmpty || dice.chance(1, in: 2)
          ? "msgid=\(last.messageID)" : "parley.chat/seq=\(last.sequence)"
      }
      sendQuery("AFTER \(places[index].target) \(point) \(dice.within(1...9))")
    } else if let index = unread.first {
      // The answer comes before that to what is asked behind it.
      if reading.isEmpty { write("MARKREAD \(places[index].target)") }
      query = Query(purpose: .reading(index))
      if let readingPoint {
        sendQuery("BEFORE \(places[index].target) msgid=\(readingPoint) 50")
      } else {
        sendQuery("LATEST \(places[index].target) * 50")
      }
    }
  }

  func tempt() {
    query = Query(purpose: .temptation)
    let target = dice.pick(temptations)
    sendQuery(
      dice.pick([
        "LATEST \(target) * 50", "AFTER \(target) parley.chat/seq=0 50",
        "TARGETS timestamp=1971-01-01T00:00:00.000Z "
          + "timestamp=2100-01-01T00:00:00.000Z 50",
      ]))
  }

  func sendQuery(_ words: String) {
    lastLabel += 1
    write("@label=q\(lastLabel) CHATHISTORY \(words)")
  }

  func answered() {
    guard let query else { return complain("got history it did not ask for") }
    self.query = nil
    switch query.purpose {
    case .temptation: if !query.page.isEmpty { complain("was shown what it may not read") }
    case .catchingUp(let index):
      for message in query.page { keep(message, in: index) }
      if let last = query.ids.last { points[index] = last }
      guard query.ids.isEmpty else { return }
      points[index] = nil
      unsynced.removeAll { $0 == index }
      // What history does not have any more was taken back after it came.
      let last = copies[index].last?.sequence ?? 0
      for message in early[index].sorted(by: { $0.sequence < $1.sequence }) where message.sequence > last {
        keep(message, in: index)
      }
      early[index] = []
    case .reading(let index):
      reading = query.page + reading
      if let first = query.ids.first { readingPoint = first }
      guard query.ids.isEmpty else { return }
      readingPoint = nil
      stage.log.histories.append(.init(actor: actor, place: places[index].place.name, messages: reading))
      noteMarker(index, isFinal: true)
      reading = []
      unread.removeFirst()
    }
  }

  func keep(_ message: Seen, in index: Int) {
    guard known[index].insert(message.messageID).inserted else { return }
    copies[index].append(message)
  }

  /// Hands in its copies and reads all that there is.
  func beginReading() {
    guard hasKeys else { return }
    for (index, copy) in copies.enumerated() {
      stage.log.copies.append(.init(actor: actor, place: places[index].place.name, messages: copy))
    }
    unread = Array(places.indices)
  }
}
