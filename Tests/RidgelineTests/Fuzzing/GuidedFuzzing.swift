// Coverage-guided fuzzing: built only by the script `fuzz`, which links libFuzzer.
#if FUZZING
  import Foundation
  import Testing

  @_silgen_name("LLVMFuzzerRunDriver")
  private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
  ) -> Int32

  /// The reader that is fuzzed, chosen before the driver starts.
  nonisolated(unsafe) private var reader = FuzzedReader.precision

  @Suite struct GuidedFuzzing {
    /// Never returns: the driver ends the process.
    @Test func `libFuzzer finds nothing`() throws {
      let environment = ProcessInfo.processInfo.environment
      let chosen = FuzzedReader(rawValue: environment["RIDGELINE_FUZZ_READER"] ?? "")
      unsafe reader = try #require(chosen)
      let words =
        ["fuzz"]
        + (environment["RIDGELINE_FUZZ_ARGUMENTS"] ?? "").split(separator: " ").map(String.init)
      var pointers = unsafe words.map { unsafe strdup($0) } + [nil]
      var count = Int32(words.count)
      unsafe pointers.withUnsafeMutableBufferPointer { buffer in
        var base = buffer.baseAddress
        _ = unsafe runDriver(&count, &base) { bytes, size in
          unsafe reader.read(Array(UnsafeBufferPointer(start: bytes, count: size)))
          return 0
        }
      }
    }
  }
#endif
