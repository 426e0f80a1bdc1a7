import CommandLineKit
import QuantizationFormats

/// Finds precisions by identifier or notation.
enum PrecisionSelection {
  /// The precision `name`; without one, what the model's file holds, or f16 for a catalog model.
  static func precision(
    _ name: String?, kvCache: String?, for selection: ModelSelection
  ) throws -> Precision {
    let name = name ?? ModelSelection.fileID(selection.dominantFormat)
    return try precision(name, kvCache: kvCache)
  }

  /// The precisions for a list of names; `all` stands for every named one.
  static func precisions(_ names: [String], kvCache: String?) throws -> [Precision] {
    let names = names == ["all"] ? PrecisionCatalog.all.map(\.id) : names
    return try names.map { try precision($0, kvCache: kvCache) }
  }

  private static func precision(_ name: String, kvCache: String?) throws -> Precision {
    do {
      let precision = try PrecisionCatalog.precision(name)
      guard let kvCache else { return precision }
      return precision.replacingKVCache(with: try KVCacheFormat.named(kvCache))
    } catch PrecisionError.unknown(let notation) {
      let known = PrecisionCatalog.all.map(\.id)
      throw UsageError(
        "\(PrecisionError.unknown(notation: notation))\(didYouMean(notation, in: known))")
    } catch {
      throw UsageError("\(error)")
    }
  }
}
