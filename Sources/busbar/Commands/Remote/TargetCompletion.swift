import ArgumentParser
import Foundation
import Power
import Remote

/// Completes targets in a shell from what the broker keeps.
enum TargetCompletion {
    /// The targets that begin with what was typed; none when the broker does not answer at once.
    @Sendable
    static func complete(_ words: [String], _ index: Int, _ prefix: String) async -> [String] {
        guard let broker = try? BrokerOptions.parse([]),
            let settings = try? broker.settings(connectTime: .milliseconds(500)),
            let fleet = try? await Remote.look(
                settings,
                RemoteInterest([], depth: .description, looksIntoGroups: true)
            ),
            let all = try? fleet.select([])
        else { return [] }
        let names = all.outlets.map(\.description) + all.loads.map { "load:\($0)" } + all.groups.map { "@\($0)" }
        return names.filter { $0.hasPrefix(prefix) }
    }
}
