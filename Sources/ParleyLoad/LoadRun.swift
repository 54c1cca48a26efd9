/// One sender's messages to one target, numbered from 0.
struct Stream {
  let sender: Int
  let target: String
  let receivers: Int
  let window: Int
  var sent = 0
  /// Deliveries still missing of the messages from `settled` on.
  var missing: [Int] = []
  /// Messages that everybody has.
  var settled = 0

  init(sender: Int, target: String, receivers: Int, window: Int) {
    self.sender = sender
    self.target = target
    self.receivers = receivers
    self.window = window
  }

  var outstanding: Int { sent - settled }
}

/// A closed loop: each stream keeps its window full; every delivery is checked for loss, repetition and order.
final class LoadRun {
  private let clients: Clients
  private var streams: [Stream]
  /// For each client and stream, the number that must come next; -1: the stream is not for it.
  private var expected: [[Int]]
  private var isSending = true
  private var deliveries = 0
  private var faults = 0
  private var latencies: [Int64] = []
  private var isMeasuring = false

  /// - Parameter receives: for each client, the streams it gets; its own are left out.
  init(_ clients: Clients, _ streams: [Stream], receives: [[Int]]) {
    self.clients = clients
    self.streams = streams
    expected = receives.enumerated().map { client, numbers in
      var row = Array(repeating: -1, count: streams.count)
      for number in numbers where streams[number].sender != client { row[number] = 0 }
      return row
    }
  }

  func measure(seconds: Double, process: ServerProcess?) throws -> Report {
    for number in streams.indices { fill(number) }
    try work(until: Clock.milliseconds() + 1_000)
    deliveries = 0
    latencies = []
    isMeasuring = true
    let cpu = process?.processorSeconds
    let start = Clock.milliseconds()
    try work(until: start + Int64(seconds * 1_000))
    let elapsed = Double(Clock.milliseconds() - start) / 1_000
    let used = process?.processorSeconds.flatMap { now in cpu.map { now - $0 } }
    let measured = deliveries
    isMeasuring = false
    isSending = false
    // What is on its way arrives, or is lost.
    let end = Clock.milliseconds() + 10_000
    while streams.contains(where: { $0.outstanding > 0 }), Clock.milliseconds() < end { try step() }
    return Report(
      deliveries: measured, seconds: elapsed, processorSeconds: used,
      lost: streams.reduce(0) { $0 + $1.missing.reduce(0, +) },
      faults: faults, latencies: latencies.sorted())
  }

  private func work(until end: Int64) throws {
    while Clock.milliseconds() < end { try step() }
  }

  private func step() throws {
    try clients.step(wait: 100) { client, line in self.received(line, by: client) }
  }

  /// `… PRIVMSG target :~stream.number.time filler`
  private func received(_ line: UnsafeBufferPointer<UInt8>, by client: Int) {
    guard let mark = line.firstIndex(of: UInt8(ascii: "~")) else { return }
    var place = mark + 1
    func next() -> Int? {
      var value = 0
      let start = place
      while place < line.count, (0x30...0x39).contains(line[place]), place - start < 18 {
        value = value * 10 + Int(line[place] - 0x30)
        place += 1
      }
      defer { place += 1 }
      return place > start ? value : nil
    }
    guard let number = next(), let index = next(), let time = next(), streams.indices.contains(number),
      expected[client][number] >= 0
    else {
      faults += 1
      return
    }
    deliveries += 1
    if expected[client][number] != index { faults += 1 }
    expected[client][number] = index + 1
    if isMeasuring, deliveries % 64 == 0 { latencies.append(Clock.microseconds() - Int64(time)) }
    let offset = index - streams[number].settled
    guard streams[number].missing.indices.contains(offset) else { return }
    streams[number].missing[offset] -= 1
    var done = 0
    for missing in streams[number].missing {
      guard missing <= 0 else { break }
      done += 1
    }
    guard done > 0 else { return }
    streams[number].settled += done
    streams[number].missing.removeFirst(done)
    fill(number)
  }

  private func fill(_ number: Int) {
    guard isSending else { return }
    while streams[number].outstanding < streams[number].window {
      let stream = streams[number]
      let text = "~\(number).\(stream.sent).\(Clock.microseconds()) "
      let filler = String(repeating: "x", count: max(0, 100 - text.utf8.count))
      clients.send("PRIVMSG \(stream.target) :\(text)\(filler)\r\n", from: stream.sender)
      streams[number].sent += 1
      streams[number].missing.append(stream.receivers)
    }
  }
}

struct Report {
  let deliveries: Int
  let seconds: Double
  let processorSeconds: Double?
  let lost: Int
  let faults: Int
  let latencies: [Int64]

  func print() {
    func percentile(_ share: Double) -> Double {
      guard !latencies.isEmpty else { return 0 }
      return Double(latencies[min(latencies.count - 1, Int(Double(latencies.count) * share))]) / 1_000
    }
    Swift.print("deliveries \(deliveries), per second \(Int(Double(deliveries) / seconds))")
    Swift.print("latency ms p50 \(percentile(0.5)), p99 \(percentile(0.99))")
    if let processorSeconds, deliveries > 0 {
      let each = processorSeconds * 1_000_000 / Double(deliveries)
      Swift.print("server processor us per delivery \((each * 1_000).rounded() / 1_000)")
    }
    Swift.print("lost \(lost), repeated or out of order \(faults)")
  }
}
