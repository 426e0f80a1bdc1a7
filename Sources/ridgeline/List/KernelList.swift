import Kernels
import Reports

/// The compiled kernels: what each multiplies, what it needs, and what this machine selects.
enum KernelList {
  static func table(matching match: String?) -> Table<Kernel> {
    let kernels = KernelRegistry.all.filter { match.matches([$0.id]) }
    let selected = Set(KernelRegistry.formats.compactMap { KernelRegistry.best(for: $0)?.id })
    let runnable = Set(KernelRegistry.runnable().map(\.id))
    return Table(
      columns: [
        .text("kernel", key: "id") { $0.id },
        .text("weights", key: "weights") { $0.weightFormatID },
        .text("activations", key: "activations") { $0.activationFormatID },
        .text("instruction set", key: "isa") { $0.isa },
        .integer("tokens in a tile", key: "tile") { $0.tile },
        .boolean("runs here", key: "runs_here") { runnable.contains($0.id) },
        .boolean("selected here", key: "selected_here") { selected.contains($0.id) },
      ], rows: kernels)
  }
}
