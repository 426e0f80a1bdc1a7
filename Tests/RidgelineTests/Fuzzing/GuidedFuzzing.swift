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

  /// Whether an input is among the eighth that is also used: the same inputs every time.
  private func isOneInEight(_ input: [UInt8]) -> Bool {
    input.reduce(UInt32(0)) { ($0 ^ UInt32($1)) &* 0x0100_0193 } >> 13 & 7 == 0
  }

  /// Stops the recording of where errors were thrown, which takes longer than most readers do.
  private func forgetThrownErrors() {
    for name in ["_swift_willThrow", "_swift_willThrowTypedImpl"] {
      guard let hook = unsafe dlsym(nil, name) else { continue }
      unsafe hook.assumingMemoryBound(to: UnsafeRawPointer?.self).pointee = nil
    }
  }

  @Suite struct GuidedFuzzing {
    /// Never returns: the driver ends the process.
    @Test func `libFuzzer finds nothing`() throws {
      let environment = ProcessInfo.processInfo.environment
      let chosen = FuzzedReader(rawValue: environment["RIDGELINE_FUZZ_READER"] ?? "")
      unsafe reader = try #require(chosen)
      forgetThrownErrors()
      let words =
        ["fuzz"]
        + (environment["RIDGELINE_FUZZ_ARGUMENTS"] ?? "").split(separator: " ").map(String.init)
      var pointers = unsafe words.map { unsafe strdup($0) } + [nil]
      var count = Int32(words.count)
      unsafe pointers.withUnsafeMutableBufferPointer { buffer in
        var base = buffer.baseAddress
        _ = unsafe runDriver(&count, &base) { bytes, size in
          let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: size))
          unsafe reader.read(input, isUsed: isOneInEight(input))
          return 0
        }
      }
    }
  }
#endif
