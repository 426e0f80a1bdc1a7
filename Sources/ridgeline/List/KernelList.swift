import Kernels
import Reports

/// The compiled kernels: what each multiplies, what it needs, and what this machine selects.
enum KernelList {
  /// A row, whichever table the kernel is from.
  struct Row {
    let id: String
    let weights: String
    let activations: String
    let isa: String
    let requires: ISA
    /// `nil` where a table does not say.
    let tile: Int?
    let isSelected: Bool

    var runs: Bool { ISA.allowed.isSuperset(of: requires) }
  }

  private static var plain: [Row] {
    let selected = Set(KernelRegistry.formats.compactMap { KernelRegistry.best(for: $0)?.id })
    return KernelRegistry.all.map {
      Row(
        id: $0.id, weights: $0.weightFormatID, activations: $0.activationFormatID, isa: $0.isa,
        requires: $0.requires, tile: $0.tile, isSelected: selected.contains($0.id))
    }
  }

  private static var clustered: [Row] {
    let all = ClusterKernel.all
    return all.map { kernel in
      let best = all.last {
        $0.weightFormatID == kernel.weightFormatID && $0.isInteger == kernel.isInteger
          && ISA.allowed.isSuperset(of: $0.requires)
      }
      return Row(
        id: kernel.id, weights: kernel.weightFormatID, activations: kernel.activationFormatID,
        isa: kernel.isa, requires: kernel.requires, tile: kernel.tile,
        isSelected: best?.id == kernel.id)
    }
  }

  static func table(matching match: String?) -> Table<Row> {
    Table(
      columns: [
        .text("kernel", key: "id") { $0.id },
        .text("weights", key: "weights") { $0.weights },
        .text("activations", key: "activations") { $0.activations },
        .text("instruction set", key: "isa") { $0.isa },
        .integer("tokens in a tile", key: "tile") { $0.tile },
        .boolean("runs here", key: "runs_here") { $0.runs },
        .boolean("selected here", key: "selected_here") { $0.isSelected },
      ], rows: (plain + clustered).filter { match.matches([$0.id]) })
  }
}
