#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif
import HardwareProfiles
import QuantizationFormats
import Roofline
import TransformerModels

/// `ridgeline-benchmarks [estimator] [--seconds S]`: how fast the estimator itself is.
///
/// A full prediction prices every operation of a prefill and of a decode step, and the memory
/// footprint, for one model x precision x device x workload. Plans (model x precision) and devices
/// are prepared outside the clock, as `compare` does; the cost of preparing them is shown apart.
let names = Array(CommandLine.arguments.dropFirst())
guard names.isEmpty || names[0] == "estimator" else {
  print("unknown benchmark '\(names[0])'; known: estimator")
  exit(2)
}
try EstimatorBenchmark().run()
