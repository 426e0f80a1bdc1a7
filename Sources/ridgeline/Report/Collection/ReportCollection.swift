import CommandLineKit
import Engines
import Reports

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The files of `reports/` that follow from the code and its data alone.
///
/// Writing them twice gives the same bytes; what was measured lies beside them and is only listed.
struct ReportCollection {
  /// A file of the collection.
  struct File {
    let name: String
    /// What the index says of it; nil for pictures that another file shows.
    let summary: String?
    let contents: () throws -> String
  }

  static let indexName = "README.md"

  /// All files but the index.
  static var files: [File] {
    ModelsOnDevices.all.map(\.file) + DevicesForModel.all.map(\.file)
      + [LargestModels.file] + MemoryByPrecision.files + RooflineGallery.files + accuracy + [
        File(
          name: "llama-cpp-article.md",
          summary: "the figures of \"How is LLaMa.cpp possible?\" beside ours",
          contents: { try LlamaCppArticle().document.markdown() }),
        File(
          name: "published-systems.md",
          summary: "published tables of quantization systems beside predictions",
          contents: { try PublishedSystemsReport().document.markdown() }),
      ]
  }

  private static var accuracy: [File] {
    [
      File(
        name: "accuracy.md",
        summary: "errors of expected speeds for devices that were left out of the fit",
        contents: { try AccuracyReport().markdown() }),
      File(name: "accuracy-decode.svg", summary: nil) {
        try AccuracyPlot(
          ValidatePublished(), family: .llamaCppDecode, title: "Decode of llama.cpp on GPUs"
        ).chart.svg()
      },
      File(name: "accuracy-prefill.svg", summary: nil) {
        try AccuracyPlot(
          ValidatePublished(), family: .prefill, title: "Prefill of llama.cpp on GPUs"
        ).chart.svg()
      },
    ]
  }

  /// Writes every file into `folder`, the index last.
  static func write(to folder: String, console: Console) throws {
    let files = files
    for file in files {
      console.progress("writing \(file.name)")
      try OutputFile.write(
        try file.contents(), to: "\(folder)/\(file.name)", option: "--all")
    }
    let index = try CollectionIndex(files: files, others: others(in: folder, besides: files))
    try OutputFile.write(
      try index.document.markdown(), to: "\(folder)/\(indexName)", option: "--all")
    console.clearProgress()
  }

  /// Reports in `folder` that the collection does not write, with their titles.
  private static func others(
    in folder: String, besides files: [File]
  ) throws -> [(name: String, title: String)] {
    let known = Set(files.map(\.name) + [indexName])
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    return names.filter { $0.hasSuffix(".md") && !known.contains($0) }.sorted().map { name in
      let data = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
      let heading = String(decoding: data, as: UTF8.self).split(separator: "\n")
        .first { $0.hasPrefix("# ") }
      return (name, heading.map { String($0.dropFirst(2)) } ?? name)
    }
  }
}
