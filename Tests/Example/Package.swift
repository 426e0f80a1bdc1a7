// swift-tools-version: 6.3
import PackageDescription

// A package that uses the library products as anybody's would.
let package = Package(
  name: "example",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "ridgeline", path: "../..")],
  targets: [
    .executableTarget(
      name: "example",
      dependencies: [
        .product(name: "Roofline", package: "ridgeline"),
        .product(name: "QuantizationFormats", package: "ridgeline"),
        .product(name: "Kernels", package: "ridgeline"),
        .product(name: "Measurement", package: "ridgeline"),
      ])
  ]
)
