import ArgumentParser
import Foundation

/// Which configuration file a command reads; the rule is the same for every command.
struct ConfigurationOption: ParsableArguments {
    /// Where the Debian package and `make install` have it.
    static let usual = "/etc/busbar/busbar.yaml"

    @Option(
        name: .shortAndLong,
        help: "The agent's configuration file; else BUSBAR_CONFIG, else /etc/busbar/busbar.yaml."
    )
    var config: String?

    /// The file that was named.
    var named: String? {
        if let config { return config }
        let variable = ProcessInfo.processInfo.environment["BUSBAR_CONFIG"]
        return variable?.isEmpty == false ? variable : nil
    }

    /// The file to read.
    var path: String { named ?? Self.usual }
}
