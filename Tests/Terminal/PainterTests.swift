import ParleyTerminalKit
import Testing

@Suite("Rows on the screen")
struct PainterTests {
  private let moment: Int64 = 1_795_000_000_000  // 11:06 UTC
  private let plain = Palette(hasColour: false, hasSigns: true)

  private func painter(_ width: Int = 80, _ palette: Palette? = nil) -> Painter {
    Painter(palette: palette ?? plain, clock: .utc, width: width)
  }

  private func row(_ text: String, _ kind: Row.Kind = .text, nick: String = "alice") -> Row {
    Row(id: 40, chat: 1, kind: kind, time: moment, nick: nick, text: text)
  }

  @Test("time, tag, nick and text; what follows hangs below the text")
  func said() {
    #expect(painter().lines(row("hello"), tag: "ab") == ["11:06 ab      alice │ hello"])
    #expect(
      painter(50).lines(row("one two three four five six seven eight nine"), tag: "ab") == [
        "11:06 ab alice │ one two three four five six", "               │ seven eight nine",
      ])
    #expect(painter().lines(row("waves", .action), tag: "ab") == ["11:06 ab          * │ alice waves"])
    #expect(painter().lines(row("beep", .notice), tag: "ab") == ["11:06 ab    -alice- │ beep"])
  }

  @Test("every line fits, whatever the width and the text", arguments: [20, 21, 40, 59, 60, 80, 200])
  func fits(width: Int) {
    let texts = ["short", String(repeating: "word ", count: 200), String(repeating: "語", count: 300), "a\nb\n\n🚀"]
    for text in texts {
      for nick in ["a", String(repeating: "n", count: 40), "日本語日本語日本語日本語"] {
        let lines = painter(width).lines(row(text, nick: nick), tag: "ab")
        // Below a nick that leaves no room there is text all the same.
        #expect(lines.dropFirst().allSatisfy { Width.of($0) < max(width, 30) })
      }
    }
  }

  @Test("an address that is wider than the text's room stands whole in a line of its own")
  func address() {
    let address = "https://example.org/" + String(repeating: "x", count: 80)
    #expect(
      painter().lines(row("see \(address) now"), tag: "ab") == [
        "11:06 ab      alice │ see", address, "                    │ now",
      ])
    #expect(painter().lines(row(address), tag: "ab") == ["11:06 ab      alice │ ", address])
    #expect(painter().remark("topic: \(address)") == ["· topic:", address])
    var row = row(address)
    row.state = .pending
    #expect(painter().lines(row, tag: "ab").last == "                    │ …")
  }

  @Test("an invitation tells the room, and what to type")
  func invitation() {
    var row = row("#den", .invited)
    row.target = "bob"
    #expect(
      painter().lines(row, tag: nil) == ["11:06             · │ alice invited bob to #den: /join #den"])
  }

  @Test("a message that waits, that failed, that was removed")
  func states() {
    var row = row("hello")
    row.state = .pending
    #expect(painter().lines(row, tag: "ab") == ["11:06 ab      alice │ hello …"])
    row.state = .failed
    row.reason = "no \u{1B}room"
    #expect(painter().lines(row, tag: "ab")[1].hasSuffix("│ not sent: no ␛room. /resend ab or /discard ab"))
    row.state = .removed
    row.target = "op"
    row.reason = nil
    #expect(painter().lines(row, tag: "ab") == ["11:06 ab      alice │ (removed by op)"])
  }

  @Test("replies, reactions, gaps, and what happened")
  func others() {
    var reply = row("yes")
    reply.isReply = true
    reply.reactions = [
      Row.Reaction(text: "👍", people: 2, isOwn: true), Row.Reaction(text: "\u{1B}[2J", people: 1, isOwn: false),
    ]
    let answered = Painter.Answered(nick: "bob", text: "really?\nsure?")
    #expect(
      painter().lines(reply, tag: "ab", answers: answered).map { $0.drop { $0 != "│" } } == [
        "│ ↳ bob: really?⏎sure?", "│ yes", "│ 👍 2*  ␛[2J",
      ])
    #expect(painter().lines(row("", .gap), tag: nil) == ["                  … │ messages are missing here: /more"])
    #expect(painter().lines(row("bye", .left), tag: nil) == ["11:06             ← │ alice left: bye"])
    #expect(painter().lines(row("x", .unknown), tag: nil).isEmpty)
  }

  @Test("a message of a thousand lines does not push everything else away")
  func long() {
    let text = (0..<1000).map { "line \($0)" }.joined(separator: "\n")
    let lines = painter().lines(row(text), tag: "ab")
    #expect(lines.count == 31)
    #expect(lines.last?.hasSuffix("970 more lines: /show \(MessageTags.tag(of: 40))") == true)
    #expect(painter().lines(row(text), tag: "ab", isWhole: true).count == 1000)
  }

  @Test("colours are ours alone, and can be taken away again")
  func colours() {
    let coloured = Palette(hasColour: true, hasSigns: true)
    let line = painter(80, coloured).lines(row("\u{1B}[31mhostile"), tag: "ab")[0]
    #expect(line.contains("\u{1B}["))
    #expect(Palette.plain(line) == "11:06 ab      alice │ ␛[31mhostile")
    #expect(coloured.paint(nick: "Alice", "x") == coloured.paint(nick: "alice", "x"))
  }

  @Test("a terminal that has only ASCII gets only our ASCII")
  func ascii() {
    var row = row("hi")
    row.state = .pending
    let lines = painter(80, Palette(hasColour: false, hasSigns: false)).lines(row, tag: "ab")
    #expect(lines == ["11:06 ab      alice | hi ..."])
  }

  @Test("the prompt says where one is, what is unread, and that there is no connection")
  func prompt() {
    var prompt = PromptText()
    prompt.chat = "#team"
    prompt.isOnline = true
    #expect(prompt.text(plain, width: 80) == "[#team]> ")
    prompt.unread = 3
    prompt.isMentioned = true
    #expect(prompt.text(plain, width: 80) == "[#team 3!]> ")
    prompt.typing = ["bob"]
    #expect(prompt.text(plain, width: 80) == "[#team 3! ✎ bob types]> ")
    prompt.isOnline = false
    prompt.waiting = 2
    prompt.chat = "#\u{1}\u{1B}]0;x"
    #expect(prompt.text(plain, width: 40) == "[#␁␛]0;x 3! offline, 2 waiting]> ")
    // readline counts what stands between 0x01 and 0x02 as nothing: all colours, and nothing else.
    let coloured = prompt.text(Palette(hasColour: true, hasSigns: true), width: 80)
    let visible = coloured.split(separator: "\u{1}").map {
      $0.split(separator: "\u{2}", omittingEmptySubsequences: false).last ?? ""
    }.joined()
    #expect(!visible.contains("\u{1B}") && visible.contains("offline"))
  }

  @Test("tags follow from ids, are told apart easily, and name what was shown last")
  func tags() {
    var tags = MessageTags()
    let first = tags.show(1000)
    #expect(first == MessageTags.tag(of: 1000) && first.count == 2)
    #expect(tags.message(first.uppercased()) == 1000)
    #expect(Set((0..<713).map { MessageTags.tag(of: $0) }).count == 713)
    #expect(tags.show(1713) == first)
    #expect(tags.message(first) == 1713)
    #expect(tags.message("zz") == nil)
    #expect(MessageTags.tag(of: .min).count == 2)
  }
}

@Suite("The page, written anew in another width")
struct PageTests {
  private func item(_ number: Int64, _ lines: [String]) -> Page.Item {
    Page.Item(source: .message(number), lines: lines)
  }

  private func render(_ item: Page.Item) -> [String] {
    if case .message(let number) = item.source { return number == 999 ? [] : ["new \(number)"] }
    return []
  }

  @Test("what does not fill the screen is written over from where it begins")
  func small() {
    var page = Page()
    page.append(item(1, ["a", String(repeating: "b", count: 50)]))
    page.append(item(2, ["c"]))
    let change = page.redraw(width: 40, rows: (24, 24), edited: (3, 1), render: render)
    // Four rows in the new width, because the terminal wraps one, and one of the edited line.
    #expect(change.up == 5)
    #expect(change.items.map(\.lines) == [["new 1"], ["new 2"]])
    #expect(page.items.map(\.lines) == [["new 1"], ["new 2"]])
  }

  @Test("a full screen is written from its first row, with all that was on it before")
  func full() {
    var page = Page()
    for number in 1...100 as ClosedRange<Int64> { page.append(item(number, ["one", "two"])) }
    let taller = page.redraw(width: 80, rows: (20, 10), edited: (1, 0), render: render)
    #expect(taller.up == nil)
    #expect(taller.items.count == 19)
    #expect(taller.items.last?.source == .message(100))
    // Twenty rows were on the screen before, ten items of two rows; eighty of them are now of one row.
    var narrow = Page()
    for number in 1...100 as ClosedRange<Int64> { narrow.append(item(number, ["one"])) }
    let smaller = narrow.redraw(width: 20, rows: (10, 30), edited: (1, 0), render: render)
    #expect(smaller.items.count == 30)
  }

  @Test("what is gone takes no row, and nothing is there after a clearing")
  func gone() {
    var page = Page()
    page.append(item(999, ["x"]))
    page.append(item(1, ["y"]))
    #expect(page.redraw(width: 80, rows: (24, 24), edited: (1, 0), render: render).items.flatMap(\.lines) == ["new 1"])
    page.clear()
    let empty = page.redraw(width: 80, rows: (24, 24), edited: (2, 1), render: render)
    #expect(empty.up == 1 && empty.items.isEmpty)
  }

  @Test("it does not grow for ever")
  func bound() {
    var page = Page()
    for number in 1...2_000 as ClosedRange<Int64> { page.append(item(number, ["x"])) }
    #expect(page.items.count <= 400)
    #expect(page.items.last?.source == .message(2_000))
  }

  @Test("what of a prompt is seen")
  func prompt() {
    #expect(PromptText.visible("\u{1}\u{1B}[1m\u{2}[#a\u{1}\u{1B}[0m\u{2}]> ") == "[#a]> ")
    #expect(PromptText.visible("plain> ") == "plain> ")
  }
}

@Suite("Lines that are written anew in their place")
struct RecentBlocksTests {
  @Test("a message among others: how far up, and all that follows it")
  func replace() {
    var blocks = RecentBlocks()
    blocks.append(RecentBlocks.Block(message: 1, lines: ["a"]), isCertain: true)
    blocks.append(RecentBlocks.Block(message: 2, lines: ["b …"]), isCertain: true)
    blocks.append(RecentBlocks.Block(message: 0, lines: ["c", "d"]), isCertain: true)
    let change = blocks.replace(2, with: ["b"], screenRows: 24)
    #expect(change?.up == 3)
    #expect(change?.lines == ["b", "c", "d"])
    #expect(blocks.lines(of: 2) == ["b"])
    #expect(blocks.replace(9, with: [], screenRows: 24) == nil)
  }

  @Test("a line that is longer than a row counts as the rows it takes")
  func rows() {
    var blocks = RecentBlocks()
    blocks.append(RecentBlocks.Block(message: 1, lines: ["a"]), isCertain: true)
    blocks.append(RecentBlocks.Block(message: 2, lines: [String(repeating: "x", count: 200)], rows: 3), isCertain: true)
    #expect(blocks.replace(1, with: ["b"], screenRows: 24)?.up == 4)
    #expect(blocks.replace(2, with: ["y"], rows: 1, screenRows: 24)?.up == 3)
    #expect(blocks.replace(1, with: ["c"], screenRows: 24)?.up == 2)
  }

  @Test("what has scrolled away is left alone")
  func scrolled() {
    var blocks = RecentBlocks()
    for number in 1...30 { blocks.append(RecentBlocks.Block(message: Int64(number), lines: ["x"]), isCertain: true) }
    #expect(blocks.replace(8, with: ["y"], screenRows: 24)?.up == 23)
    #expect(blocks.replace(7, with: ["y"], screenRows: 24) == nil)
    // An edited line of several rows has pushed others off the screen, even when it is short again.
    blocks.noteEdited(rows: 5)
    #expect(blocks.replace(8, with: ["y"], screenRows: 24) == nil)
    #expect(blocks.replace(12, with: ["y"], screenRows: 24)?.up == 19)
  }

  @Test("a line whose width terminals dispute: nothing above it is touched")
  func uncertain() {
    var blocks = RecentBlocks()
    blocks.append(RecentBlocks.Block(message: 1, lines: ["a"]), isCertain: true)
    blocks.append(RecentBlocks.Block(message: 2, lines: ["👩‍👩‍👧"]), isCertain: false)
    #expect(blocks.replace(1, with: ["b"], screenRows: 24) == nil)
    #expect(blocks.replace(2, with: ["b"], screenRows: 24) == nil)
    blocks.append(RecentBlocks.Block(message: 3, lines: ["c"]), isCertain: true)
    #expect(blocks.replace(3, with: [], screenRows: 24)?.up == 1)
    #expect(blocks.lines(of: 3) == nil)
  }
}
