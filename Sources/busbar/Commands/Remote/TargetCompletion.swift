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
            let fleet = try? await Remote.look(settings, RemoteInterest([], depth: .description)),
            let outlets = try? LookOptions.outlets([], in: fleet)
        else { return [] }
        let all = outlets.map(\.description) + fleet.loads.keys.sorted().map { "load:\($0)" }
        return all.filter { $0.hasPrefix(prefix) }
    }
}
