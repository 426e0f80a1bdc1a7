import Kernels
import QuantizationFormats

// Measures kernels beside the machine's ceilings:
//
//     kernel-benchmarks [format ...] [--quick]
//
// Kernel and probe are sampled in turn, so that a noisy neighbour hits both.

#if DEBUG
  print("debug builds measure nothing: swift run -c release kernel-benchmarks")
#else
  let arguments = CommandLine.arguments.dropFirst()
  let names = arguments.filter { !$0.hasPrefix("--") }
  let plan = BenchmarkPlan(formats: Array(names), isQuick: arguments.contains("--quick"))
  do { try plan.run() } catch { print("error: \(error)") }
#endif
