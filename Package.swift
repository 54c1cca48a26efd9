// swift-tools-version: 6.2
import PackageDescription

/// One language mode for every target: Swift 6, explicit existentials, explicit visibility of what a module re-exports.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// Programs carry the Swift runtime: they start on machines without a toolchain.
/// (What depends on Foundation's own libraries is not found by itself, since the modules are compiled for either runtime.)
let staticRuntime: [LinkerSetting] = [
  .unsafeFlags(
    ["-static-stdlib", "-l_FoundationCollections", "-l_FoundationCShims", "-lswiftSynchronization"],
    .when(platforms: [.linux]))
]

let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
  .product(name: "NIOTLS", package: "swift-nio"),
]

/// libparley.so. Whoever depends on it is linked after it, and against it.
let libparley: Target.Dependency = .product(name: "parley", package: "SharedLibrary")

let package = Package(
  name: "parley",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "parleyd", targets: ["parleyd"]),
    // Installed as `parley`. Products that share a name share a folder of the build, and libparley.so is the product `parley`.
    .executable(name: "parley-terminal", targets: ["ParleyTerminal"]),
    .executable(name: "parley-gtk", targets: ["ParleyGTK"]),
    .executable(name: "parley-load", targets: ["ParleyLoad"]),
    // For Sources/SharedLibrary, which makes libparley.so of it.
    .library(name: "Parley", targets: ["Parley"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
    .package(path: "Sources/SharedLibrary"),
  ],
  targets: [
    // The wire grammar: messages, tags, modes, masks, numerics. No dependencies.
    .target(name: "IRC", swiftSettings: strict),

    // SQLite: Debian's library and a thin wrapper.
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
    .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: strict),

    // The event log and the directory: one protocol and its SQLite implementation.
    .target(name: "ParleyStore", dependencies: ["IRC", "SQLite"], swiftSettings: strict),

    // The deterministic core: input events in, effects out. No I/O, clock or randomness of its own.
    .target(
      name: "ParleyCore",
      dependencies: ["IRC", "ParleyStore", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),

    // Event loops, TLS, the store thread: everything that touches the outside.
    .target(
      name: "ParleyServer",
      dependencies: ["IRC", "ParleyCore", "ParleyStore"] + nio + [
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "X509", package: "swift-certificates"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "parleyd",
      dependencies: [
        "ParleyServer", "ParleyCore", "ParleyStore", "IRC",
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict, linkerSettings: staticRuntime),

    // The client engine: one connection without I/O, what is kept on disk, and the thread that drives both.
    .target(
      name: "ParleySession", dependencies: ["IRC"], swiftSettings: strict),
    .target(name: "ParleyCache", dependencies: ["IRC", "SQLite"], swiftSettings: strict),
    .target(
      name: "ParleyEngine", dependencies: ["IRC", "SQLite", "ParleySession", "ParleyCache", "CTLS"],
      swiftSettings: strict),
    .systemLibrary(
      name: "CTLSSystem", path: "Sources/CTLS/System", pkgConfig: "openssl",
      providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .target(
      name: "CTLS", dependencies: ["CTLSSystem"], exclude: ["System"],
      linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),

    // The C interface: include/parley.h, and its functions in Swift.
    .systemLibrary(name: "CParley"),
    .target(name: "CHost"),
    .target(
      name: "Parley",
      dependencies: ["CParley", "CHost", "ParleyEngine", "ParleyCache", "ParleySession", "IRC"],
      swiftSettings: strict),

    // The frontends link libparley.so and see nothing of the engine but parley.h.
    .target(name: "CReadline", linkerSettings: [.linkedLibrary("readline")]),
    .target(name: "ParleyTerminalKit", swiftSettings: strict),
    .executableTarget(
      name: "ParleyTerminal", dependencies: ["ParleyTerminalKit", "CParley", "CReadline", libparley],
      swiftSettings: strict, linkerSettings: staticRuntime),
    .systemLibrary(
      name: "CGTKSystem", path: "Sources/CGTK/System", pkgConfig: "libadwaita-1",
      providers: [.apt(["libadwaita-1-dev"]), .brew(["libadwaita"])]),
    .target(name: "CGTK", dependencies: ["CGTKSystem"], exclude: ["System"]),
    .executableTarget(
      name: "ParleyGTK", dependencies: ["CParley", "CGTK", libparley], exclude: ["Data"],
      swiftSettings: strict, linkerSettings: staticRuntime),

    // A load generator that speaks to any IRC server.
    .executableTarget(
      name: "ParleyLoad",
      dependencies: [.product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: strict, linkerSettings: staticRuntime),

    // Tests. What several of them share is under Tests/Support.
    .target(
      name: "CSimulatedDisk", dependencies: ["CSQLite"], path: "Tests/Support/CSimulatedDisk",
      linkerSettings: [.linkedLibrary("sqlite3")]),
    .target(name: "Seeded", path: "Tests/Support/Seeded", swiftSettings: strict),
    .target(name: "Processes", path: "Tests/Support/Processes", swiftSettings: strict),
    .target(
      name: "ParleyTesting", dependencies: ["IRC", "Seeded", "ParleyCore", "ParleyServer", "ParleyStore"],
      path: "Tests/Support/ParleyTesting", swiftSettings: strict),
    .testTarget(name: "IRCTests", dependencies: ["IRC", "Seeded"], exclude: ["Data"], swiftSettings: strict),
    .testTarget(
      name: "StoreTests", dependencies: ["ParleyStore", "SQLite", "CSQLite", "IRC", "CSimulatedDisk", "Seeded"],
      swiftSettings: strict),
    .testTarget(
      name: "CoreTests",
      dependencies: [
        "ParleyTesting", "ParleyCore", "ParleyStore", "IRC", .product(name: "Crypto", package: "swift-crypto"),
      ], swiftSettings: strict),
    .testTarget(
      name: "ServerTests",
      dependencies: [
        "ParleyServer", "ParleyCore", "ParleyStore", "IRC", "Seeded", "ParleyTesting", "Processes",
      ] + nio + [
        .product(name: "NIOEmbedded", package: "swift-nio")
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SetupTests", dependencies: ["ParleyServer", "ParleyCore", "ParleyStore", "IRC"], swiftSettings: strict),
    .testTarget(
      name: "SessionTests",
      dependencies: ["ParleySession", "IRC", "Seeded", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),
    .testTarget(
      name: "CacheTests", dependencies: ["ParleyCache", "SQLite", "CSQLite", "IRC", "CSimulatedDisk", "Seeded"],
      swiftSettings: strict),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "ParleyEngine", "ParleySession", "ParleyCache", "ParleyTesting", "ParleyCore", "ParleyStore", "SQLite", "IRC",
        "Seeded",
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "TerminalTests", dependencies: ["ParleyTerminalKit"], path: "Tests/Terminal",
      exclude: ["run.sh", "Scenes"],
      swiftSettings: strict),
    // Compiles C programs against the header and runs them with the library, which is built with all tests.
    .testTarget(
      name: "CInterfaceTests", dependencies: ["Processes", libparley], path: "Tests/CInterface",
      exclude: [
        "programs", "footprint", "footprint.sh", "abi-1.0.txt", "abi.sh", "installed.sh", "run.sh", "race.supp",
        "valgrind.supp",
      ], swiftSettings: strict),
    // Talks to the program itself, which is built with all tests.
    .testTarget(
      name: "LiveTests",
      dependencies: [
        "IRC", "Seeded", "Processes", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "Crypto", package: "swift-crypto"),
      ],
      path: "Tests/Live", exclude: ["leaks.txt", "sanitized.sh", "fail2ban.py", "Engine/host.c"], swiftSettings: strict),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "ParleyEngine", "ParleySession", "ParleyCache", "ParleyTesting", "ParleyCore", "ParleyServer", "ParleyStore",
        "SQLite", "IRC", "CSimulatedDisk", "Seeded",
      ],
      path: "Tests/Simulation", swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
