public import Reports

/// One self-contained HTML file that recomputes predictions for its reader.
///
/// It carries its data, equations and styles, asks no network for anything and opens from a file.
/// The equations are those of the estimator, in `Assets/estimator.js`; a test drives the page and
/// compares.
public struct ReportPage {
  /// The heading and title.
  public let title: String
  /// Everything that the page computes with, as `estimator.js` reads it.
  public let data: JSONValue
  /// What readers without scripts see.
  public let document: Document
  /// The last line: where the figures are from.
  public let footer: String

  /// Describes a page.
  public init(title: String, data: JSONValue, document: Document, footer: String) {
    self.title = title
    self.data = data
    self.document = document
    self.footer = footer
  }

  /// The page; fails on a number that is infinite or not a number.
  public func html() throws(JSONError) -> String {
    let parts = [
      "TITLE": MarkupText.escaped(title),
      "STYLE": ChartPalette.variables + ChartPalette.styleSheet + Self.asset("style"),
      "STATIC": document.html(),
      "FOOTER": MarkupText.escaped(footer),
      "DATA": Self.inert(try data.text(.compact)),
      "SCRIPT": Self.scripts.map(Self.asset).joined(separator: "\n"),
    ]
    var page = ""
    var rest = Substring(Self.asset("layout"))
    while let start = rest.firstRange(of: "<!--"), let end = rest.firstRange(of: "-->") {
      page += rest[..<start.lowerBound]
      page += parts[String(rest[start.upperBound..<end.lowerBound])] ?? ""
      rest = rest[end.upperBound...]
    }
    return page + rest
  }

  /// In the order in which they need each other.
  private static let scripts = [
    "passes", "estimator", "figures", "elements", "chart", "comparison", "prediction", "page",
  ]

  private static func asset(_ name: String) -> String {
    EmbeddedData.files.first { "\($0.name)" == name }.map { "\($0.text)" } ?? ""
  }

  /// JSON that no HTML parser takes for the end of its script.
  static func inert(_ json: String) -> String {
    json.replacing("<", with: "\\u003c")
  }
}
