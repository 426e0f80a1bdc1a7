import Testing

@testable import CommandLineKit

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

@Suite("Output")
struct ConsoleTests {
  /// The two ends of a pipe.
  func makePipe() -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    _ = unsafe pipe(&ends)
    return (ends[0], ends[1])
  }

  func readAll(_ descriptor: Int32) -> [UInt8] {
    var all: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe read(descriptor, &block, block.count)
      guard count > 0 else { return all }
      all += block[..<count]
    }
  }

  @Test("Buffered text leaves on flush, in order")
  func flush() throws {
    let ends = makePipe()
    let sink = TextSink(fileDescriptor: ends.writing, name: "test")
    sink.write("héllo ")
    sink.write("wörld\n")
    try sink.flush()
    close(ends.writing)
    #expect(readAll(ends.reading) == Array("héllo wörld\n".utf8))
    close(ends.reading)
  }

  @Test("More than a block leaves without a flush")
  func block() {
    let ends = makePipe()
    // A pipe holds one block, so nobody needs to read yet.
    let sink = TextSink(fileDescriptor: ends.writing, name: "test")
    for _ in 0..<65_536 { sink.write("x") }
    sink.write("left behind")
    close(ends.writing)
    #expect(readAll(ends.reading).count == 65_536)
    close(ends.reading)
  }

  @Test("A closed pipe ends the program quietly")
  func closedPipe() throws {
    ignoreBrokenPipes()
    let ends = makePipe()
    close(ends.reading)
    let console = Console(
      standardOutput: TextSink(fileDescriptor: ends.writing, name: "standard output"),
      standardError: TextSink(capturingAsTerminal: false), width: 80)
    let program = Program(name: "p", summary: "", version: "", commands: [Chatty.self])
    #expect(program.run(["chatty"], on: console) == 0)
    #expect(console.standardError.captured == "")
    #expect(throws: OutputClosed()) { try console.standardOutput.check() }
    close(ends.writing)
  }

  #if os(Linux)
    @Test("A full disk is an error, told once")
    func fullDisk() {
      let descriptor = unsafe open("/dev/full", O_WRONLY)
      let console = Console(
        standardOutput: TextSink(fileDescriptor: descriptor, name: "standard output"),
        standardError: TextSink(capturingAsTerminal: false), width: 80)
      let program = Program(name: "p", summary: "", version: "", commands: [Chatty.self])
      #expect(program.run(["chatty"], on: console) == 1)
      #expect(
        console.standardError.captured == "error: standard output: No space left on device\n")
      close(descriptor)
    }
  #endif

  @Test("Progress replaces its line on a terminal and vanishes before the next message")
  func progress() {
    let console = Console.captured(width: 10, isTerminal: true)
    console.progress("one")
    console.progress("a long line of text")
    console.warn("careful")
    #expect(
      console.standardError.captured
        == "\rone\u{1b}[K\ra long li\u{1b}[K\r\u{1b}[Kwarning: careful\n")
  }

  @Test("Progress is silent away from a terminal")
  func noProgress() {
    let console = Console.captured()
    console.progress("one")
    console.print("done")
    #expect(console.standardError.captured == "")
    #expect(console.standardOutput.captured == "done\n")
  }
}

/// Writes more than a pipe holds, and stops when nobody reads.
private struct Chatty: Command {
  static let name = "chatty"
  static let summary = "Talks."
  static var options: [Option<Self>] { [] }
  func run(on console: Console) throws {
    for row in 0..<100_000 {
      print("row \(row)", to: &console.standardOutput)
      try console.standardOutput.check()
    }
  }
}
