import CommandLineKit

/// `ridgeline manual`: the help of all commands as a page for man(1).
struct ManualCommand: Command {
  static let name = "manual"
  static let summary = "Writes the manual page."
  static var examples: [Example] {
    [Example("ridgeline manual", "for /usr/local/share/man/man1/ridgeline.1")]
  }

  /// Environment variables that decide how the program behaves.
  static let variables: [ManualPage.Variable] = [
    .init("COLUMNS", "The width that text is wrapped to; without it, that of the terminal."),
    .init("NO_COLOR", "Where it holds anything, charts have no colours."),
    .init("TERM", "Where it is \"dumb\", there are no colours and no progress is shown."),
    .init(
      "RIDGELINE_ISA",
      "The highest instruction set whose kernels may run: portable, avx2, avxvnni or avx512vnni, on"
        + " Arm neon, neon_dotprod or neon_i8mm."),
    .init(
      "RIDGELINE_COMMIT",
      "The commit that results are marked with, instead of that of the checkout around the program."
    ),
  ]

  static var options: [Option<Self>] { [] }

  func run(on console: Console) throws {
    let page = ManualPage(RidgelineProgram.program, variables: Self.variables)
    console.print(page.text, terminator: "")
  }
}
