import CommandLineKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

@main
struct RidgelineProgram {
  /// Every command, in the order of the help.
  static let commands: [any Command.Type] = [
    PredictCommand.self, CompareCommand.self, PlanCommand.self, InspectCommand.self,
    ListCommand.self, CalibrateCommand.self, BenchCommand.self, RunCommand.self,
    ValidateCommand.self, DiffCommand.self, FitCommand.self, ReportCommand.self,
    CompletionsCommand.self, ManualCommand.self,
  ]

  static let program = Program(
    name: "ridgeline",
    summary: "How fast will this language model run on this device, at this precision, and why?",
    version: "0.1.0",
    commands: commands)

  static func main() {
    exit(program.run(Array(CommandLine.arguments.dropFirst())))
  }
}
