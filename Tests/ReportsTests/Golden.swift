import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Compares `text` with the committed file `name`; with RECORD=1 in the environment writes it.
func expectGolden(
  _ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
  if ProcessInfo.processInfo.environment["RECORD"] == "1" {
    try Data(text.utf8).write(to: file, options: .atomic)
    Issue.record("recorded \(name); look at it, then run without RECORD")
    return
  }
  let expected = try String(contentsOf: file, encoding: .utf8)
  guard text != expected else { return }
  let lines = zip(text.split(separator: "\n"), expected.split(separator: "\n"))
  let place = lines.enumerated().first { $0.element.0 != $0.element.1 }
  Issue.record(
    """
    \(name) differs, first in line \(place.map { $0.offset + 1 } ?? -1): \
    \(place.map { String($0.element.0) } ?? "length") instead of \
    \(place.map { String($0.element.1) } ?? "")
    """, sourceLocation: sourceLocation)
}

/// What is wrong with `text` as XML; nil if it parses.
func xmlProblem(_ text: String) -> String? {
  final class Delegate: NSObject, XMLParserDelegate {
    var problem: String?
    func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
      problem = "line \(parser.lineNumber): \(error)"
    }
  }
  let parser = XMLParser(data: Data(text.utf8))
  let delegate = Delegate()
  parser.delegate = delegate
  return parser.parse() ? nil : delegate.problem ?? "does not parse"
}
