// swift-tools-version: 6.3
import PackageDescription

// Every Swift target: Swift 6 mode, no warnings, explicit existentials and imports.
// Only the kernel layer may use unsafe pointers; strict memory safety proves it for the rest.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .strictMemorySafety(),
]

// The kernel layer's settings: the same, but unsafe pointers are its job.
let kernelSettings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// Without Foundation, Double.rounded() and friends need libm on Linux.
let math: [LinkerSetting] = [.linkedLibrary("m", .when(platforms: [.linux]))]

let package = Package(
  name: "ridgeline",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "ridgeline", targets: ["ridgeline"]),
    .executable(name: "ridgeline-benchmarks", targets: ["ridgeline-benchmarks"]),
    .library(name: "Roofline", targets: ["Roofline", "TransformerModels", "HardwareProfiles"]),
    .library(name: "QuantizationFormats", targets: ["QuantizationFormats"]),
    .library(name: "Kernels", targets: ["Kernels"]),
    .library(name: "Measurement", targets: ["Measurement"]),
  ],
  targets: [
    // MARK: The estimator
    .target(name: "StrictJSON", swiftSettings: settings),
    .target(name: "Units", swiftSettings: settings, linkerSettings: math),
    // Optimized in debug builds too: tests quantize millions of weights.
    .target(
      name: "QuantizationFormats", dependencies: ["Units"],
      swiftSettings: settings + [.unsafeFlags(["-O"])], linkerSettings: math),
    .target(
      name: "TransformerModels", dependencies: ["Units", "QuantizationFormats", "StrictJSON"],
      exclude: ["Catalog"],
      swiftSettings: settings, linkerSettings: math, plugins: ["EmbedData"]),
    .target(
      name: "HardwareProfiles", dependencies: ["Units", "StrictJSON"], path: "hardware-profiles",
      exclude: [
        "amd", "apple", "arm-servers", "intel", "nvidia", "phones", "raspberry-pi",
      ],
      swiftSettings: settings, linkerSettings: math, plugins: ["EmbedData"]),
    .target(
      name: "Roofline",
      dependencies: ["Units", "QuantizationFormats", "TransformerModels", "HardwareProfiles"],
      swiftSettings: settings, linkerSettings: math),

    // MARK: Engines
    // Optimized in debug builds too: tests repeat the fit, once for every device left out.
    .target(
      name: "Engines",
      dependencies: [
        "Roofline", "HardwareProfiles", "QuantizationFormats", "TransformerModels", "StrictJSON",
        "Units",
      ],
      exclude: ["Catalog", "Fitted"],
      swiftSettings: settings + [.unsafeFlags(["-O"])], linkerSettings: math,
      plugins: ["EmbedData"]),
    .target(
      name: "PublishedMeasurements",
      dependencies: [
        "Engines", "Roofline", "HardwareProfiles", "QuantizationFormats", "TransformerModels",
        "Units",
      ],
      exclude: ["Data"],
      swiftSettings: settings, linkerSettings: math, plugins: ["EmbedData"]),

    // MARK: Kernels
    // Optimized in debug builds too, so that tests run the code that ships; no contraction, so that
    // the only fused operations are those written.
    .target(
      name: "CKernels",
      cSettings: [
        .enableWarning("all"), .enableWarning("extra"), .enableWarning("conversion"),
        .treatAllWarnings(as: .error), .unsafeFlags(["-O3", "-ffp-contract=off"]),
      ]),
    .target(
      name: "Kernels", dependencies: ["CKernels", "QuantizationFormats"],
      swiftSettings: kernelSettings, linkerSettings: math),

    // Optimized in debug builds too: tests calibrate and train.
    .target(
      name: "QuantizationSystems", dependencies: ["QuantizationFormats"],
      swiftSettings: settings + [.unsafeFlags(["-O"])], linkerSettings: math),

    // MARK: Measuring
    .target(
      name: "CMeasurement",
      cSettings: [
        .enableWarning("all"), .enableWarning("extra"), .enableWarning("conversion"),
        .treatAllWarnings(as: .error), .unsafeFlags(["-O3", "-ffp-contract=off"]),
      ]),
    .target(
      name: "Measurement", dependencies: ["CMeasurement", "StrictJSON"], swiftSettings: settings,
      linkerSettings: math),
    .target(
      name: "BenchmarkSuites",
      dependencies: [
        "Measurement", "Kernels", "QuantizationFormats", "TransformerModels", "StrictJSON",
      ],
      path: "Benchmarks/suites",
      exclude: [
        "activations.json", "attention.json", "batch.json", "errors.json", "kernels.json",
        "models.json", "quantization-systems.json", "smoke.json", "threads.json",
        "working-set.json",
      ],
      swiftSettings: settings, linkerSettings: math, plugins: ["EmbedData"]),

    // MARK: Whole models
    .target(
      name: "Inference",
      dependencies: [
        "Kernels", "Measurement", "Roofline", "StrictJSON", "TransformerModels",
        "QuantizationFormats", "QuantizationSystems", "Units",
      ],
      swiftSettings: settings, linkerSettings: math),

    // MARK: The command line
    .target(name: "CommandLineKit", swiftSettings: settings, linkerSettings: math),
    .target(name: "Reports", swiftSettings: settings, linkerSettings: math),
    .target(
      name: "ReportPage", dependencies: ["Reports"], exclude: ["Assets"], swiftSettings: settings,
      linkerSettings: math, plugins: ["EmbedData"]),
    .executableTarget(
      name: "ridgeline",
      dependencies: [
        "CommandLineKit", "Reports", "ReportPage", "Roofline", "Engines", "PublishedMeasurements",
        "Kernels", "HardwareProfiles", "TransformerModels", "QuantizationFormats", "Units",
        "Measurement",
        "BenchmarkSuites", "QuantizationSystems", "StrictJSON", "Inference",
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "ridgeline-benchmarks",
      dependencies: [
        "Roofline", "HardwareProfiles", "TransformerModels", "QuantizationFormats", "Units",
      ],
      path: "Benchmarks",
      exclude: ["peers", "suites"],
      swiftSettings: settings),

    // MARK: Tests
    .testTarget(name: "UnitsTests", dependencies: ["Units"], swiftSettings: settings),
    .testTarget(
      name: "QuantizationFormatsTests", dependencies: ["QuantizationFormats", "Units"],
      resources: [.copy("Resources")], swiftSettings: settings),
    .testTarget(
      name: "TransformerModelsTests",
      dependencies: ["TransformerModels", "QuantizationFormats", "StrictJSON", "Units"],
      resources: [.copy("Resources")], swiftSettings: settings),
    .testTarget(
      name: "HardwareProfilesTests", dependencies: ["HardwareProfiles", "StrictJSON", "Units"],
      resources: [.copy("Resources")], swiftSettings: settings),
    .testTarget(
      name: "RooflineTests",
      dependencies: [
        "Roofline", "PublishedMeasurements", "HardwareProfiles", "TransformerModels",
        "QuantizationFormats", "StrictJSON", "Units",
      ],
      swiftSettings: settings),
    .testTarget(
      name: "EnginesTests",
      dependencies: [
        "Engines", "PublishedMeasurements", "Roofline", "HardwareProfiles", "TransformerModels",
        "QuantizationFormats", "Units",
      ],
      swiftSettings: settings),
    // Optimized: its references are triple loops in double precision.
    .testTarget(
      name: "KernelsTests",
      dependencies: ["Kernels", "CKernels", "QuantizationFormats", "QuantizationSystems"],
      swiftSettings: kernelSettings + [.unsafeFlags(["-O"])]),
    .testTarget(
      name: "QuantizationSystemsTests",
      dependencies: ["QuantizationSystems", "QuantizationFormats"],
      resources: [.copy("Resources")], swiftSettings: settings),
    .testTarget(
      name: "MeasurementTests", dependencies: ["Measurement", "StrictJSON"],
      swiftSettings: settings),
    .testTarget(
      name: "BenchmarkSuitesTests",
      dependencies: [
        "BenchmarkSuites", "Measurement", "Kernels", "QuantizationFormats", "StrictJSON",
        "Roofline", "HardwareProfiles",
      ], swiftSettings: settings),
    .testTarget(
      name: "InferenceTests",
      dependencies: [
        "Inference", "Kernels", "Measurement", "Roofline", "TransformerModels",
        "QuantizationFormats", "Units",
      ],
      resources: [.copy("Resources")], swiftSettings: settings),
    .testTarget(
      name: "CommandLineKitTests", dependencies: ["CommandLineKit"], swiftSettings: settings),
    .testTarget(
      name: "ReportsTests", dependencies: ["Reports"], exclude: ["Golden"],
      swiftSettings: settings),
    .testTarget(
      name: "RidgelineTests",
      dependencies: [
        "ridgeline", "CommandLineKit", "Reports", "Roofline", "HardwareProfiles",
        "TransformerModels", "QuantizationFormats", "Units", "Measurement", "BenchmarkSuites",
        "Engines", "PublishedMeasurements", "StrictJSON", "Inference",
      ],
      exclude: ["Browser", "Fuzzing/Corpus", "Fuzzing/fuzz"],
      swiftSettings: settings),

    // MARK: Data embedding
    .executableTarget(name: "embed-data", swiftSettings: settings),
    .plugin(
      name: "EmbedData", capability: .buildTool(), dependencies: ["embed-data"],
      path: "Sources/Plugins/EmbedData"),
  ]
)
