/// The forms a table or a document can be printed in.
public enum OutputFormat: String, CaseIterable, Sendable {
  /// Aligned columns for a terminal.
  case text

  /// GitHub-flavoured Markdown.
  case markdown

  /// Comma-separated values in base units and full precision.
  case csv

  /// JSON in base units and full precision.
  case json

  /// Whether the form is read by programs: base units, full precision, keys instead of titles.
  public var isForMachines: Bool { self == .csv || self == .json }
}
