import QuantizationFormats
import Reports
import Roofline
import TransformerModels
import Units

/// A model at all precisions, as the page reads it.
struct PageModel {
  let value: JSONValue

  init(_ model: TransformerModel, _ precisions: [Precision], _ tables: inout PageTables) {
    let plans = precisions.map { OperationPlan(model: model, precision: $0) }
    var encoded: [JSONValue] = []
    for plan in plans { encoded.append(Self.encode(plan, &tables)) }
    value = [
      "id": .string(model.id), "name": .string(model.name),
      "parameters": .integer(model.parameters), "active": .integer(model.activeParameters),
      "layers": .integer(model.layerCount), "width": .integer(model.width),
      "heads": .integer(model.layer(at: 0).attention.heads),
      "head_dim": .integer(model.layer(at: 0).attention.headDim),
      "positions": model.maximumPositions.map(JSONValue.integer),
      "plans": .array(encoded),
    ]
  }

  /// `[weights, activation peaks, [[operations, activations, weight bits, repeats, cache bytes], ...]]`,
  /// one inner array for each run of operations that repeat together.
  private static func encode(_ plan: OperationPlan, _ tables: inout PageTables) -> JSONValue {
    let all = plan.coefficients
    var sections: [JSONValue] = []
    var start = 0
    while start < all.count {
      var end = start
      while end < all.count, all[end].group == all[start].group { end += 1 }
      let repeats = all[start].group.map { plan.layerGroups[$0].indices.count } ?? 1
      sections.append(section(Array(all[start..<end]), repeats: repeats, &tables))
      start = end
    }
    let peaks = plan.activationCoefficients
      .sorted { ($0.perToken, $0.perSequence) < ($1.perToken, $1.perSequence) }
      .map { JSONValue.array([number($0.perToken), number($0.perSequence)]) }
    return .array([
      number(plan.weights.count), tables.place(of: .array(peaks), in: "peaks"), .array(sections),
    ])
  }

  private static func section(
    _ operations: [OperationCoefficients], repeats: Int, _ tables: inout PageTables
  ) -> JSONValue {
    var shapes: [JSONValue] = []
    for operation in operations { shapes.append(shape(operation, &tables)) }
    let activations = operations.map { number($0.activationBytesPerToken) }
    let bits = operations.map(weights)
    let rows = operations.first { $0.rowBytesPerToken > 0 }?.rowBytesPerToken ?? 0
    let cache = operations.first { $0.cacheBytesPerToken > 0 }?.cacheBytesPerToken ?? 0
    return .array([
      tables.place(of: .array(shapes), in: "shapes"),
      tables.place(of: .array(activations), in: "activations"),
      tables.place(of: .array(bits), in: "weights"), .integer(repeats), number(rows + cache),
    ])
  }

  /// What does not depend on the precision: `[name, flags, operations per token, ...]`.
  ///
  /// Flags: arithmetic (0 linear, 1 attention, 2 vector), 4 last tokens, 8 reads the cache, 16
  /// writes it, 32 reads rows. Then operations per pair in decode, in prefill, window, experts,
  /// experts of a token; zeros at the end are left out.
  private static func shape(
    _ operation: OperationCoefficients, _ tables: inout PageTables
  ) -> JSONValue {
    var flags = operation.arithmetic.rawValue
    if operation.isLast { flags |= 4 }
    if operation.readsCache { flags |= 8 }
    if operation.writesCache { flags |= 16 }
    if operation.rowBytesPerToken > 0 { flags |= 32 }
    var numbers = [
      operation.operationsPerToken, operation.operationsPerPairInDecode,
      operation.operationsPerPairInPrefill, operation.window ?? 0, operation.experts,
      operation.expertsPerToken,
    ]
    while numbers.count > 1, numbers.last == 0 { numbers.removeLast() }
    let name = tables.place(of: .string(operation.kind.name), in: "operations")
    return .array([name, .integer(flags)] + numbers.map(number))
  }

  /// Bits for each multiply-add where that is exact, which many models share; else minus the bytes.
  private static func weights(_ operation: OperationCoefficients) -> JSONValue {
    let bytes = operation.weightBytes
    guard bytes != 0, operation.operationsPerToken > 0 else { return number(-bytes) }
    let bits = bytes / operation.operationsPerToken * 16
    let isShort = (bits * 4096).rounded() == bits * 4096
    return number(isShort && bits * operation.operationsPerToken / 16 == bytes ? bits : -bytes)
  }

  private static func number(_ value: Double) -> JSONValue {
    Int(exactly: value).map(JSONValue.integer) ?? .number(value)
  }
}
