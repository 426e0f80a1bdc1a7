import CommandLineKit
import Reports

/// `ridgeline report`: the reports that are kept under `reports/`, written by the tool itself.
struct ReportCommand: Command {
  static let name = "report"
  static let summary = "Writes a report that is kept under reports/, byte for byte reproducible."
  static var examples: [Example] {
    [
      Example(
        "ridgeline report llama-cpp-article --output markdown",
        "the figures of a well-known article beside ours")
    ]
  }

  enum Subject: String, CaseIterable {
    case llamaCppArticle = "llama-cpp-article"
  }

  enum Format: String, CaseIterable {
    case text, markdown
  }

  var subject = Subject.llamaCppArticle
  var output = Format.markdown

  static var arguments: [Argument<Self>] { [.one("report", \.subject, "Which report.")] }
  static var options: [Option<Self>] { [.value("--output", \.output, "Format of the report.")] }

  func run(on console: Console) throws {
    let document =
      switch subject {
      case .llamaCppArticle: try LlamaCppArticle().document
      }
    switch output {
    case .text: console.print(document.text(width: console.width), terminator: "")
    case .markdown: console.print(document.markdown(), terminator: "")
    }
  }
}
