internal import CKernels

/// The compiled functions of a transformer beside its matrices, for one instruction set.
struct TransformerKernels: @unchecked Sendable {
  /// A row of the C table, which is constant.
  let row: ck_transformer

  /// The best that needs nothing beyond `isa`.
  static func best(on isa: ISA) -> TransformerKernels {
    TransformerKernels(row: isa.best(in: ck_transformer_at, requires: \.required))
  }
}

/// The instruction sets of attention and its companions.
public enum TransformerISA {
  /// The name of the best that needs nothing beyond `isa`.
  public static func best(on isa: ISA = .allowed) -> String {
    String(cString: TransformerKernels.best(on: isa).row.isa)
  }

  /// The names of all compiled ones, the best last.
  public static var all: [String] {
    var names: [String] = []
    while let row = ck_transformer_at(names.count) {
      names.append(String(cString: row.pointee.isa))
    }
    return names
  }
}
