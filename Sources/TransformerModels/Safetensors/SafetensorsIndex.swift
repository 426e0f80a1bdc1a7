#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import StrictJSON

/// `model.safetensors.index.json`: which file of a split model holds which tensor.
struct SafetensorsIndex {
  static let suffix = ".safetensors.index.json"
  private static let largestIndex = 100_000_000

  private struct Content: Decodable {
    let weightMap: [String: String]

    enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
  }

  /// The names of the files, sorted.
  let files: [String]
  /// The file of each tensor.
  let fileOfTensor: [String: String]

  init(_ source: any PositionedBytes) throws(ModelError) {
    guard source.size <= Self.largestIndex else {
      throw ModelError(
        file: source.name, problem: "is larger than any index; name a model file")
    }
    let bytes = try source.read(at: 0, count: source.size)
    do {
      fileOfTensor = try StrictJSON.decode(Content.self, from: Data(bytes), file: source.name)
        .weightMap
    } catch {
      throw ModelError(
        file: source.name, field: error.field, problem: "\(error.problem); download it again")
    }
    files = Set(fileOfTensor.values).sorted()
    for file in files where !Self.isPlain(file) {
      throw ModelError(
        file: source.name, field: "weight_map",
        problem: "names \(file), which is not a file beside the index; download it again")
    }
  }

  /// Whether a name stays in the directory of the index.
  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.contains { $0 == "/" || $0 == "\0" }
  }

  /// Refuses files that lack tensors which the index promises.
  func check(_ tensorsOfFile: [String: Set<String>], index: String) throws(ModelError) {
    for (tensor, file) in fileOfTensor.sorted(by: { $0.key < $1.key })
    where tensorsOfFile[file]?.contains(tensor) != true {
      throw ModelError(
        file: index, field: tensor,
        problem: "should be in \(file), but is not there; download both again")
    }
  }
}
