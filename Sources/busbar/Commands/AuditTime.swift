import Agent
import ArgumentParser
import Foundation

/// A time on the command line: as RFC 3339 has it, or so long ago.
struct AuditTime: ExpressibleByArgument {
    let date: Date

    init?(argument: String) {
        if let date = RFC3339.date(argument) {
            self.date = date
            return
        }
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Double(argument.dropLast()),
            count.isFinite, (0...1e6).contains(count)
        else { return nil }
        date = Date() - count * unit
    }
}
