// swift-tools-version: 6.2
import PackageDescription

// libparley.so, and nothing else. A target cannot link a dynamic library of its own package, since nothing would build the library
// first. So the library is a product of this small package: all its sources are in the root package, which it depends on, and
// the root's programs depend on it. Packages may depend on each other in a circle as long as targets do not.

let linking: [String] = [
  // The Swift runtime is inside: hosts need none, and get none of its signal handlers.
  "-static-stdlib", "-lswiftSynchronization",
  // It sees an empty environment: Sources/CHost/environment.c.
  "-Xlinker", "--wrap=getenv", "-Xlinker", "--wrap=environ", "-Xlinker", "--wrap=__environ",
  // Only what parley.h declares can be seen from outside.
  "-Xlinker", "--version-script=\(Context.packageDirectory)/parley.map",
  "-Xlinker", "--gc-sections", "-Xlinker", "--icf=safe",
  // What is missing is said here, not to the host that loads it.
  "-Xlinker", "-z", "-Xlinker", "defs",
  // The runtime cannot be unloaded.
  "-Xlinker", "-z", "-Xlinker", "nodelete",
  "-Xlinker", "-z", "-Xlinker", "relro", "-Xlinker", "-z", "-Xlinker", "now",
]

let package = Package(
  name: "SharedLibrary",
  platforms: [.macOS(.v15)],
  products: [.library(name: "parley", type: .dynamic, targets: ["ParleyShared"])],
  dependencies: [.package(name: "parley", path: "../..")],
  targets: [
    .target(
      name: "ParleyShared", dependencies: [.product(name: "Parley", package: "parley")],
      swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("InternalImportsByDefault")],
      linkerSettings: [.unsafeFlags(linking, .when(platforms: [.linux]))])
  ]
)
