import ArgumentParser
import Foundation
@preconcurrency import Glibc

/// How a list is printed.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    /// Columns for people.
    case table
    /// All columns.
    case wide
    /// Equal rows as one line, their outlets as `rack[1-4]/[1-8]`.
    case folded
    /// All columns, as RFC 4180 has it, with numbers in the quantity's unit.
    case csv
    /// One JSON object a line.
    case json
    /// A list of mappings.
    case yaml
    /// Only the names, one a line.
    case name
}

/// The options of the commands that print lists.
struct OutputOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("How to print: table, wide, folded, csv, json, yaml or name.", valueName: "format")
    )
    var output: OutputFormat?

    @Flag(help: "The same as --output json.")
    var json = false

    @Option(help: "Only these columns, in this order, such as outlet,state,power.")
    var columns: String?

    @Option(help: "Sort by this column.")
    var sort: String?

    @Flag(help: "The largest or last first.")
    var reverse = false

    func validate() throws {
        if json, output != nil, output != .json { throw ValidationError("--json and --output contradict each other") }
    }

    /// The format that was chosen.
    var format: OutputFormat { json ? .json : output ?? .table }
}

/// Colours for a terminal, and none elsewhere: where output is no terminal, and with `NO_COLOR` (no-color.org).
enum TextStyle {
    case good
    case bad
    case warning
    case faint

    static let isOn: Bool = {
        let environment = ProcessInfo.processInfo.environment
        guard environment["NO_COLOR"]?.isEmpty ?? true, environment["TERM"] != "dumb" else { return false }
        return isatty(STDOUT_FILENO) == 1
    }()

    private var code: String {
        switch self {
        case .good: "32"
        case .bad: "31"
        case .warning: "33"
        case .faint: "2"
        }
    }

    func paint(_ text: String) -> String { Self.isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
