import CommandLineKit
import QuantizationFormats

/// Finds precisions by identifier or notation.
enum PrecisionSelection {
  /// The precision `name`; without one, what the model's file holds or its configuration says, or
  /// f16 for a catalog model.
  static func precision(
    _ name: String?, kvCache: String?, for selection: ModelSelection
  ) throws -> ChosenPrecision {
    if let name {
      return ChosenPrecision(precision: try precision(name, kvCache: kvCache), isStored: false)
    }
    if let stored = try selection.storedPrecision() {
      return ChosenPrecision(precision: try replacing(kvCache, in: stored), isStored: true)
    }
    let name = selection.suggestedPrecision ?? "f16"
    return ChosenPrecision(precision: try precision(name, kvCache: kvCache), isStored: false)
  }

  /// The precisions for a list of names; `all` stands for every named one.
  static func precisions(_ names: [String], kvCache: String?) throws -> [Precision] {
    let names = names == ["all"] ? PrecisionCatalog.all.map(\.id) : names
    return try names.map { try precision($0, kvCache: kvCache) }
  }

  /// The precisions in question for each of `selections`: those named, or without names the one
  /// that `precision(_:kvCache:for:)` picks.
  static func choices(
    _ names: [String], kvCache: String?, for selections: [ModelSelection]
  ) throws -> [[ChosenPrecision]] {
    guard names.isEmpty else {
      let named = try precisions(names, kvCache: kvCache).map {
        ChosenPrecision(precision: $0, isStored: false)
      }
      return selections.map { _ in named }
    }
    return try selections.map { [try precision(nil, kvCache: kvCache, for: $0)] }
  }

  private static func precision(_ name: String, kvCache: String?) throws -> Precision {
    do {
      return try replacing(kvCache, in: try PrecisionCatalog.precision(name))
    } catch PrecisionError.unknown(let notation) {
      let known = PrecisionCatalog.all.map(\.id)
      throw UsageError(
        "\(PrecisionError.unknown(notation: notation))\(didYouMean(notation, in: known))")
    } catch {
      throw UsageError("\(error)")
    }
  }

  private static func replacing(_ kvCache: String?, in precision: Precision) throws -> Precision {
    guard let kvCache else { return precision }
    do {
      return precision.replacingKVCache(with: try KVCacheFormat.named(kvCache))
    } catch {
      throw UsageError("\(error)")
    }
  }
}

/// A precision, and whether the sizes are those of the model's own file.
struct ChosenPrecision {
  let precision: Precision
  let isStored: Bool
}
