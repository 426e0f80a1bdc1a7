import StrictJSON

extension Figure: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case value, basis, source
    case isVerified = "verified"
  }

  /// Decodes a figure; its value must be positive and finite, its source not empty.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    value = try fields.decode(Double.self, forKey: .value)
    basis = try fields.decodeChoice(Basis.self, forKey: .basis)
    source = try fields.decode(String.self, forKey: .source)
    isVerified = try fields.decodeIfPresent(Bool.self, forKey: .isVerified) ?? true
    guard value.isFinite, value > 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .value, in: fields,
        debugDescription: "is \(value); a figure is positive and finite, or left out")
    }
    guard !source.isEmpty else {
      throw DecodingError.dataCorruptedError(
        forKey: .source, in: fields, debugDescription: "is empty; say where the figure was read")
    }
  }
}

extension HardwareProfile: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case schemaVersion = "schema_version"
    case id, name, vendor, kind, architecture, year, memory, compute, caches, links, cores
    case coreKind = "core_kind"
    case clock = "clock_hz"
    case baseClock = "base_clock_hz"
    case isa
    case power = "power_w"
    case launchPrice = "launch_price_usd"
    case aliases, notes, kernels
  }

  /// Decodes a profile; unknown keys and another schema version are errors.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    try fields.checkSchemaVersion(Self.schemaVersion, forKey: .schemaVersion)
    id = try fields.decode(String.self, forKey: .id)
    name = try fields.decode(String.self, forKey: .name)
    vendor = try fields.decode(String.self, forKey: .vendor)
    kind = try fields.decodeChoice(Kind.self, forKey: .kind)
    architecture = try fields.decode(String.self, forKey: .architecture)
    year = try fields.decodeIfPresent(Int.self, forKey: .year)
    memory = try fields.decode(Memory.self, forKey: .memory)
    compute = try fields.decode([ComputeRate].self, forKey: .compute)
    caches = try fields.decodeIfPresent([Cache].self, forKey: .caches) ?? []
    links = try fields.decodeIfPresent([Link].self, forKey: .links) ?? []
    cores = try fields.decodeIfPresent(Int.self, forKey: .cores)
    coreKind = try fields.decodeIfPresent(String.self, forKey: .coreKind)
    clock = try fields.decodeIfPresent(Figure.self, forKey: .clock)
    baseClock = try fields.decodeIfPresent(Figure.self, forKey: .baseClock)
    isa = try fields.decodeIfPresent([String].self, forKey: .isa) ?? []
    power = try fields.decodeIfPresent(Figure.self, forKey: .power)
    launchPrice = try fields.decodeIfPresent(Figure.self, forKey: .launchPrice)
    aliases = try fields.decodeIfPresent([String].self, forKey: .aliases) ?? []
    notes = try fields.decodeIfPresent([String].self, forKey: .notes) ?? []
    kernels = try fields.decodeIfPresent(KernelCeilings.self, forKey: .kernels)
    guard cores ?? 1 > 0 else {
      throw DecodingError.dataCorruptedError(
        forKey: .cores, in: fields, debugDescription: "must be at least 1")
    }
    if let baseClock {
      guard let clock else {
        throw DecodingError.dataCorruptedError(
          forKey: .baseClock, in: fields,
          debugDescription: "needs clock_hz beside it, the clock of the peaks")
      }
      guard baseClock.value <= clock.value else {
        throw DecodingError.dataCorruptedError(
          forKey: .baseClock, in: fields, debugDescription: "must not be above clock_hz")
      }
    }
  }
}

extension HardwareProfile.Memory: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case technology
    case capacity = "capacity_bytes"
    case capacityOptions = "capacity_options_bytes"
    case usableFraction = "usable_fraction"
    case inBandECCFraction = "in_band_ecc_fraction"
    case theoreticalBandwidth = "bandwidth_theoretical_bytes_per_s"
    case sustainedBandwidth = "bandwidth_sustained_bytes_per_s"
    case fastestBandwidth = "bandwidth_fastest_bytes_per_s"
  }

  /// Decodes memory; what was sustained may exceed the theoretical bandwidth by 2 % at most.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    technology = try fields.decodeIfPresent(String.self, forKey: .technology)
    capacity = try fields.decodeIfPresent(Figure.self, forKey: .capacity)
    capacityOptions = try fields.decodeIfPresent([Double].self, forKey: .capacityOptions) ?? []
    usableFraction = try fields.decodeIfPresent(Figure.self, forKey: .usableFraction)
    inBandECCFraction = try fields.decodeIfPresent(Figure.self, forKey: .inBandECCFraction)
    theoreticalBandwidth = try fields.decodeIfPresent(Figure.self, forKey: .theoreticalBandwidth)
    sustainedBandwidth = try fields.decodeIfPresent(Figure.self, forKey: .sustainedBandwidth)
    fastestBandwidth = try fields.decodeIfPresent(Figure.self, forKey: .fastestBandwidth)
    for (key, figure) in [
      (CodingKeys.usableFraction, usableFraction), (.inBandECCFraction, inBandECCFraction),
    ] where figure?.value ?? 0 > 1 {
      throw DecodingError.dataCorruptedError(
        forKey: key, in: fields, debugDescription: "is a share, at most 1")
    }
    if inBandECCFraction?.value == 1 {
      throw DecodingError.dataCorruptedError(
        forKey: .inBandECCFraction, in: fields,
        debugDescription: "is 1, which leaves no memory for data; a sixteenth is usual")
    }
    if let sustained = sustainedBandwidth?.value, let peak = theoreticalBandwidth?.value,
      sustained > 1.02 * peak
    {
      throw DecodingError.dataCorruptedError(
        forKey: .sustainedBandwidth, in: fields,
        debugDescription: "\(sustained) exceeds the theoretical \(peak); check both sources")
    }
  }
}

extension HardwareProfile.ComputeRate: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case unit
    case mechanism = "via"
    case accumulator = "accumulate"
    case peak = "peak_ops_per_s"
    case sustained = "sustained_ops_per_s"
    case untuned = "untuned_libraries"
  }

  /// Decodes a rate.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    unit = try fields.decodeChoice(ComputeUnit.self, forKey: .unit)
    mechanism = try fields.decode(String.self, forKey: .mechanism)
    accumulator = try fields.decode(String.self, forKey: .accumulator)
    peak = try fields.decode(Figure.self, forKey: .peak)
    sustained = try fields.decodeIfPresent(Figure.self, forKey: .sustained)
    untuned =
      try fields.decodeIfPresent([HardwareProfile.UntunedLibrary].self, forKey: .untuned) ?? []
  }
}

extension HardwareProfile.UntunedLibrary: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case library
    case sustained = "sustained_ops_per_s"
  }

  /// Decodes what a library reaches.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    library = try fields.decode(String.self, forKey: .library)
    sustained = try fields.decode(Figure.self, forKey: .sustained)
  }
}

extension HardwareProfile.Cache: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case level
    case capacity = "capacity_bytes"
    case bandwidth = "bandwidth_bytes_per_s"
  }

  /// Decodes a cache.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    level = try fields.decode(String.self, forKey: .level)
    capacity = try fields.decode(Figure.self, forKey: .capacity)
    bandwidth = try fields.decodeIfPresent(Figure.self, forKey: .bandwidth)
  }
}

extension HardwareProfile.Link: Decodable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case name
    case bandwidth = "bandwidth_bytes_per_s"
    case latency = "latency_s"
  }

  /// Decodes a link.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(strictlyKeyedBy: CodingKeys.self)
    name = try fields.decode(String.self, forKey: .name)
    bandwidth = try fields.decode(Figure.self, forKey: .bandwidth)
    latency = try fields.decodeIfPresent(Figure.self, forKey: .latency)
  }
}
