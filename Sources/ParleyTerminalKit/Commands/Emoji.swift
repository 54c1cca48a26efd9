/// Emoji by name, for `:name` and the Tab key.
package enum Emoji {
  /// The pictures whose names begin so, the shortest name first.
  package static func matching(_ beginning: String) -> [String] {
    let beginning = beginning.lowercased().filter { $0 != ":" }
    var seen: Set<String> = []
    return names.filter { $0.name.hasPrefix(beginning) }.map(\.emoji).filter { seen.insert($0).inserted }
  }

  package static func named(_ name: String) -> String? { names.first { $0.name == name.lowercased() }?.emoji }

  private static let names: [(name: String, emoji: String)] = [
    ("+1", "👍"), ("-1", "👎"), ("angry", "😠"), ("apple", "🍎"), ("baby", "👶"), ("beer", "🍺"), ("bell", "🔔"),
    ("bike", "🚲"), ("bird", "🐦"), ("blush", "😊"), ("book", "📖"), ("boom", "💥"), ("bug", "🐛"), ("bulb", "💡"),
    ("bus", "🚌"), ("cake", "🍰"), ("car", "🚗"), ("cat", "🐱"), ("check", "✅"), ("cheese", "🧀"), ("clap", "👏"),
    ("clock", "🕐"), ("cloud", "☁️"), ("coffee", "☕"), ("cold", "🥶"), ("confused", "😕"), ("construction", "🚧"),
    ("cool", "😎"), ("cross", "❌"), ("cry", "😢"), ("dancer", "💃"), ("dog", "🐶"), ("door", "🚪"), ("eyes", "👀"),
    ("fear", "😨"), ("fire", "🔥"), ("fish", "🐟"), ("flag", "🚩"), ("flower", "🌼"), ("ghost", "👻"), ("gift", "🎁"),
    ("grin", "😁"), ("hand", "✋"), ("heart", "❤️"), ("heart_eyes", "😍"), ("hourglass", "⏳"), ("house", "🏠"),
    ("hug", "🤗"), ("hundred", "💯"), ("joy", "😂"), ("key", "🔑"), ("kiss", "😘"), ("laugh", "😄"), ("leaf", "🍃"),
    ("link", "🔗"), ("lock", "🔒"), ("mail", "📧"), ("memo", "📝"), ("moon", "🌙"), ("muscle", "💪"), ("music", "🎵"),
    ("neutral", "😐"), ("no", "🚫"), ("ok", "👌"), ("package", "📦"), ("party", "🎉"), ("phone", "📞"), ("pin", "📌"),
    ("pizza", "🍕"), ("plane", "✈️"), ("point_down", "👇"), ("point_left", "👈"), ("point_right", "👉"),
    ("point_up", "👆"), ("pray", "🙏"), ("question", "❓"), ("rain", "🌧️"), ("rainbow", "🌈"), ("raised_hands", "🙌"),
    ("recycle", "♻️"), ("robot", "🤖"), ("rocket", "🚀"), ("rose", "🌹"), ("run", "🏃"), ("scream", "😱"), ("search", "🔍"),
    ("shrug", "🤷"), ("skull", "💀"), ("sleep", "😴"), ("smile", "🙂"), ("snow", "❄️"), ("sob", "😭"), ("sparkles", "✨"),
    ("star", "⭐"), ("stop", "🛑"), ("sun", "☀️"), ("sweat", "😅"), ("tada", "🎉"), ("tea", "🍵"), ("thinking", "🤔"),
    ("thumbsdown", "👎"), ("thumbsup", "👍"), ("tool", "🔧"), ("train", "🚆"), ("tree", "🌳"), ("umbrella", "☔"),
    ("unlock", "🔓"), ("warning", "⚠️"), ("wave", "👋"), ("wine", "🍷"), ("wink", "😉"), ("yes", "✅"), ("zap", "⚡"),
    ("zzz", "💤"),
  ]
}
