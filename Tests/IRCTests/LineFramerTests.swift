import IRC
import Seeded
import Testing

@Suite("Framing")
struct LineFramerTests {
  private static let overlong = "<too long>"

  /// The frames of a stream that arrives in these reads.
  private func frames(_ reads: [[UInt8]], limit: Int) -> (frames: [String], buffered: Int) {
    var framer = LineFramer(limit: limit)
    var frames: [String] = []
    for read in reads {
      read.withUnsafeBytes { bytes in
        framer.consume(bytes) { frame in
          switch frame {
          case .line(let line): frames.append(String(decoding: line, as: UTF8.self))
          case .tooLong(let beginning):
            #expect(beginning.count == max(1, limit))
            frames.append(Self.overlong)
          }
        }
      }
      #expect(framer.bufferedBytes <= framer.limit + 1)
    }
    return (frames, framer.bufferedBytes)
  }

  private func frames(_ text: String, limit: Int = 10) -> [String] { frames([Array(text.utf8)], limit: limit).frames }

  @Test("LF and CR LF end lines, blank lines are skipped")
  func lineEnds() {
    #expect(frames("a\nb\r\n\r\n\n\nc\r\n") == ["a", "b", "c"])
    #expect(frames("a\rb\n") == ["a\rb"])
    #expect(frames("a\r\r\n") == ["a\r"])
    #expect(frames("a") == [])
  }

  @Test("a line of exactly the limit is a line, with either end")
  func limit() {
    #expect(frames("1234567890\n") == ["1234567890"])
    #expect(frames("1234567890\r\n") == ["1234567890"])
    #expect(frames("12345678901\r\n") == [Self.overlong])
    #expect(frames("1234567890\rx\n") == [Self.overlong])
  }

  @Test("a line that is too long is reported at once, once, and skipped to its end")
  func tooLong() {
    #expect(frames("12345678901") == [Self.overlong])
    #expect(frames("12345678901" + String(repeating: "x", count: 100)) == [Self.overlong])
    #expect(frames("1234567890\r") == [])
    let reads = ["12345678", "9012", "3456", "x\nPING\n"].map { Array($0.utf8) }
    #expect(frames(reads, limit: 10).frames == [Self.overlong, "PING"])
  }

  @Test("however the stream is cut in two or three reads, the frames are the same")
  func everySplit() {
    let stream = Array("a\r\n1234567890\r\n\r\n12345678901\r\nbc\n1234567890\rx\n\ré\r\nlast".utf8)
    let whole = frames([stream], limit: 10)
    #expect(whole.frames == ["a", "1234567890", Self.overlong, "bc", Self.overlong, "\ré"])
    #expect(whole.buffered == 4)
    for first in 0...stream.count {
      for second in first...stream.count {
        let cut = [Array(stream[..<first]), Array(stream[first..<second]), Array(stream[second...])]
        let parts = frames(cut, limit: 10)
        #expect(parts.frames == whole.frames, "cut at \(first) and \(second)")
        #expect(parts.buffered == whole.buffered)
      }
    }
    let bytes = frames(stream.map { [$0] }, limit: 10)
    #expect(bytes.frames == whole.frames)
  }

  @Test("random streams give the same frames in random reads", arguments: 0..<4)
  func randomSplits(seed: Int) {
    var generator = SeededRandom(seed: UInt64(seed) + 200)
    for _ in 0..<500 {
      let stream = generator.line(upTo: 200)
      var reads: [[UInt8]] = []
      var rest = stream[...]
      while !rest.isEmpty {
        let count = Int.random(in: 1...min(rest.count, 30), using: &generator)
        reads.append(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      }
      #expect(frames(reads, limit: 12) == frames([stream], limit: 12))
    }
  }

  @Test("a megabyte without an end is held nowhere")
  func flood() {
    let read = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
    let result = frames(Array(repeating: read, count: 16), limit: 4606)
    #expect(result.frames == [Self.overlong])
    #expect(result.buffered == 0)
  }

  @Test("nothing is held between lines")
  func idle() {
    #expect(frames([Array("PI".utf8), Array("NG\r\n".utf8)], limit: 100).buffered == 0)
  }

  @Test("whole lines are handed over where they lie")
  func noCopy() {
    var framer = LineFramer(limit: 100)
    let read = Array("PING a\r\nPING b\r\n".utf8)
    read.withUnsafeBytes { bytes in
      framer.consume(bytes) { frame in
        guard case .line(let line) = frame, let start = line.baseAddress, let base = bytes.baseAddress else {
          Issue.record("no line")
          return
        }
        #expect(UnsafeRawPointer(start) >= base && UnsafeRawPointer(start) < base + bytes.count)
      }
    }
  }

  @Test("limits at the edges do not trap")
  func edges() {
    #expect(frames("ab\nc\n", limit: 0) == [Self.overlong, "c"])
    #expect(frames("ab\n", limit: .max) == ["ab"])
    #expect(frames("ab\nc\n", limit: .min) == [Self.overlong, "c"])
    #expect(frames([[]], limit: 10).frames == [])
  }
}

private func == (left: (frames: [String], buffered: Int), right: (frames: [String], buffered: Int)) -> Bool {
  left.frames == right.frames && left.buffered == right.buffered
}
