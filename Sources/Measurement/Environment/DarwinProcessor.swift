#if canImport(Darwin)
  import Darwin

  /// Reads processors and memory as macOS describes them.
  enum DarwinProcessor {
    static func record(architecture: String) -> ProcessorRecord {
      var record = ProcessorRecord(
        name: text("machdep.cpu.brand_string"), vendor: text("machdep.cpu.vendor") ?? "Apple",
        architecture: architecture, logicalProcessors: integer("hw.logicalcpu") ?? 1,
        cores: integer("hw.physicalcpu"), sockets: integer("hw.packages"))
      if let family = integer("hw.cpufamily") { record.revision = "family \(family)" }
      // Performance cores where there are two kinds; hw.l1dcachesize is of the efficiency cores.
      let levels = [("L1d", "l1dcachesize"), ("L2", "l2cachesize"), ("L3", "l3cachesize")]
      record.caches = levels.compactMap { level, name in
        let bytes = integer("hw.perflevel0.\(name)") ?? integer("hw.\(name)")
        return bytes.flatMap { $0 > 0 ? CacheRecord(level: level, bytes: $0) : nil }
      }
      let features = [
        ("dotprod", "FEAT_DotProd"), ("i8mm", "FEAT_I8MM"), ("bf16", "FEAT_BF16"),
        ("fp16", "FEAT_FP16"), ("sme", "FEAT_SME"),
      ]
      record.instructionSets = features.compactMap { name, feature in
        integer("hw.optional.arm.\(feature)") == 1 ? name : nil
      }
      if integer("hw.optional.avx2_0") == 1 { record.instructionSets.append("avx2") }
      if integer("hw.optional.avx512f") == 1 { record.instructionSets.append("avx512f") }
      record.minimumClock = integer("hw.cpufrequency_min").map(Double.init)
      record.maximumClock = integer("hw.cpufrequency_max").map(Double.init)
      return record
    }

    /// A whole number that the system knows by name.
    static func integer(_ name: String) -> Int? {
      var value: Int64 = 0
      var size = MemoryLayout<Int64>.size
      guard unsafe sysctlbyname(name, &value, &size, nil, 0) == 0 else { return nil }
      // Some names hold 32 bits, which fill the low half on all of Apple's processors.
      return size == MemoryLayout<Int32>.size ? Int(Int32(truncatingIfNeeded: value)) : Int(value)
    }

    /// A text that the system knows by name.
    static func text(_ name: String) -> String? {
      var size = 0
      guard unsafe sysctlbyname(name, nil, &size, nil, 0) == 0, size > 1 else { return nil }
      var bytes = [UInt8](repeating: 0, count: size)
      guard unsafe sysctlbyname(name, &bytes, &size, nil, 0) == 0 else { return nil }
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
#endif
