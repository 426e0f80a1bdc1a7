import BenchmarkSuites
import Inference
import Measurement
import Reports

/// A hardware profile made of measured figures.
struct CalibratedProfile {
  let figures: CalibrationFigures
  var operations: [OperationCalibration.Point] = []
  let environment: EnvironmentRecord
  let path: String
  let name: String?

  private var processor: ProcessorRecord { environment.processor }

  /// The threads of the whole machine, which the profile's peaks are for.
  private var threads: Int { figures.reads.map(\.threads).max() ?? 1 }

  private var source: String {
    let build = environment.build
    let commit = build.commit.map { ", commit \($0.prefix(12))" } ?? ""
    return "ridgeline calibrate, \(build.mode) build\(commit), \(environment.operatingSystem)"
  }

  /// The profile in the schema of `hardware-profiles/`.
  var json: JSONValue {
    [
      "schema_version": 1, "id": .string(id),
      "name": .string(name ?? processor.name ?? "this machine"),
      "vendor": .string(processor.vendor ?? "unknown"), "kind": "cpu",
      "architecture": .string(processor.revision ?? processor.architecture),
      "memory": memory, "compute": .array(compute), "caches": .array(caches),
      "cores": .integer(environment.usableProcessors), "core_kind": "processor",
      "isa": .array(processor.instructionSets.map(JSONValue.string)),
      "notes": .array(notes.map(JSONValue.string)), "kernels": kernels,
    ]
  }

  /// The file's name, in the letters that identifiers have.
  private var id: String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let name = file.hasSuffix(".json") ? file.dropLast(5) : file[...]
    return String(
      name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
  }

  private func figure(_ value: Double, _ how: String) -> JSONValue {
    ["value": .number(value), "basis": "measured", "source": .string("\(how); \(source)")]
  }

  private var memoryRead: Double? {
    figures.reads.first { $0.isMemory && $0.threads == threads }?.bytesPerSecond
  }

  private var memory: JSONValue {
    let fastest = figures.fastestReads[threads]
    return [
      "capacity_bytes": environment.memory.totalBytes.map {
        figure(Double($0), "as the operating system counts it")
      },
      "bandwidth_sustained_bytes_per_s": memoryRead.map {
        figure($0, "reading in order on \(threads) threads")
      },
      "bandwidth_fastest_bytes_per_s": fastest.map {
        figure($0.bytesPerSecond, "the fastest of \($0.ofReads) reads on \(threads) threads")
      },
    ]
  }

  private static let units: [(KernelResult.Ceiling.Kind, String, String)] = [
    (.fp32, "fp32", "fp32"), (.bf16, "bf16", "fp32"), (.dotProducts, "int8", "int32"),
  ]

  /// The best of several medians for each unit, instruction set and thread count.
  private var peaks: [JSONValue] {
    let sets = Set(figures.peaks.map(\.isa)).sorted()
    let counts = Set(figures.peaks.map(\.threads)).sorted()
    return Self.units.flatMap { kind, unit, _ in
      sets.flatMap { isa in
        counts.compactMap { threads -> JSONValue? in
          let rates = figures.peaks.filter {
            $0.kind == kind && $0.isa == isa && $0.threads == threads
          }
          return rates.map(\.rate).max().map { rate in
            [
              "unit": .string(unit), "isa": .string(isa), "threads": .integer(threads),
              "ops_per_s": .number(rate),
            ]
          }
        }
      }
    }
  }

  private var compute: [JSONValue] {
    Self.units.compactMap { kind, unit, accumulator in
      let rates = figures.peaks.filter { $0.kind == kind && $0.threads == threads }
      guard let best = rates.max(by: { $0.rate < $1.rate }) else { return nil }
      return [
        "unit": .string(unit), "via": .string(best.isa), "accumulate": .string(accumulator),
        "peak_ops_per_s": figure(best.rate, "multiply-adds on registers, \(threads) threads"),
      ]
    }
  }

  private var caches: [JSONValue] {
    processor.caches.map { cache in
      let instances = max(1, processor.logicalProcessors / max(1, cache.sharedBy ?? 1))
      let total = cache.bytes * instances
      // A working set of at most half of the cache, the largest that was measured.
      let read = figures.reads.filter {
        $0.threads == threads && !$0.isMemory && 2 * $0.workingSetBytes <= total
      }.max { $0.workingSetBytes < $1.workingSetBytes }
      return [
        "level": .string(cache.level),
        "capacity_bytes": figure(Double(total), "as the operating system counts it"),
        "bandwidth_bytes_per_s": read.map {
          figure($0.bytesPerSecond, "reading \($0.workingSetBytes) bytes on \(threads) threads")
        },
      ]
    }
  }

  private var notes: [String] {
    var notes = ["Every figure was measured on one machine; other machines of its kind differ."]
    if environment.hypervisor != nil {
      notes.append(
        "A virtual machine: neighbours change bandwidth and caches from one minute to the next.")
    }
    if figures.unsteady > 0 {
      notes.append("\(figures.unsteady) measurements of the calibration were disturbed.")
    }
    return notes
  }

  private var kernels: JSONValue {
    [
      "source": .string(source),
      "reads": .array(
        figures.reads.map {
          [
            "threads": .integer($0.threads), "working_set_bytes": .integer($0.workingSetBytes),
            "bytes_per_s": .number($0.bytesPerSecond),
          ]
        }),
      "rates": .array(
        figures.rates.map {
          [
            "format": .string($0.format), "isa": .string($0.isa), "threads": .integer($0.threads),
            "tokens": .integer($0.tokens), "weights_per_s": .number($0.weightsPerSecond),
            "seconds_per_row": .number($0.secondsPerRow),
            "seconds_per_column": .number($0.secondsPerColumn),
          ]
        }),
      "streams": .array(
        figures.streams.map {
          [
            "format": .string($0.format), "isa": .string($0.isa), "threads": .integer($0.threads),
            "tokens": .integer($0.tokens), "bytes_per_s": .number($0.bytesPerSecond),
            "seconds_per_row": .number($0.secondsPerRow),
            "read_bytes_per_s": $0.readBytesPerSecond.map(JSONValue.number),
          ]
        }),
      "transfers": .array(
        figures.transfers.map {
          [
            "kind": .string($0.kind.rawValue), "threads": .integer($0.threads),
            "working_set_bytes": .integer($0.workingSetBytes),
            "bytes_per_s": .number($0.bytesPerSecond),
          ]
        }),
      "peaks": .array(peaks),
      "dispatch": .array(
        figures.dispatch.map {
          ["threads": .integer($0.threads), "seconds": .number($0.seconds)]
        }),
      "operations": .array(
        operations.map {
          [
            "name": .string($0.name), "threads": .integer($0.threads), "size": .number($0.size),
            "seconds": .number($0.seconds),
          ]
        }),
    ]
  }
}

extension CalibratedProfile {
  /// One line of the summary.
  struct Line {
    let what: String
    let threads: Int
    let value: String
  }

  /// The figures for people: bandwidths, peaks and the rates of kernels for one token.
  var table: Table<Line> {
    let reads = figures.reads.map { read in
      Line(
        what: "read " + QuantityStyle.bytesBinary.text(Double(read.workingSetBytes))
          + (read.isMemory ? ", memory" : ""),
        threads: read.threads,
        value: QuantityStyle.scaled("B/s").text(read.bytesPerSecond))
    }
    let transfers = figures.transfers.map { transfer in
      Line(
        what: "\(transfer.kind.rawValue) "
          + QuantityStyle.bytesBinary.text(Double(transfer.workingSetBytes)) + ", memory",
        threads: transfer.threads,
        value: QuantityStyle.scaled("B/s").text(transfer.bytesPerSecond))
    }
    let peaks = figures.peaks.map { peak in
      Line(
        what: "\(peak.kind.rawValue) peak, \(peak.isa)", threads: peak.threads,
        value: QuantityStyle.scaled("OP/s").text(peak.rate))
    }
    let dispatch = figures.dispatch.map {
      Line(
        what: "smallest product", threads: $0.threads,
        value: QuantityStyle.seconds.text($0.seconds))
    }
    let rates = figures.rates.map { rate in
      Line(
        what: "\(rate.format) from cache, \(rate.tokens) tokens", threads: rate.threads,
        value: QuantityStyle.scaled("weights/s").text(rate.weightsPerSecond))
    }
    let streams = figures.streams.map { stream in
      Line(
        what: "\(stream.format) from memory, \(stream.tokens) tokens", threads: stream.threads,
        value: QuantityStyle.scaled("B/s").text(stream.bytesPerSecond))
    }
    return Table(
      columns: [
        .text("what", key: "what") { $0.what }, .integer("threads", key: "threads") { $0.threads },
        .text("measured", key: "measured") { $0.value },
      ], rows: reads + transfers + peaks + dispatch + rates + streams)
  }
}
