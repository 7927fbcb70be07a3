import ArgumentParser
import Power
import Remote

/// The options of the commands that only look.
struct LookOptions: ParsableArguments {
    @Argument(help: "What to show; everything by default.", completion: .custom(TargetCompletion.complete))
    var targets: [String] = []

    @OptionGroup var broker: BrokerOptions

    @Option(help: "How long to wait for the broker, in seconds.")
    var timeout = 5.0

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (0.1...86_400).contains(timeout) else { throw ValidationError("--timeout must be 0.1 to 86400 seconds") }
    }

    /// Looks, and finds what the targets name.
    func look(
        _ depth: RemoteInterest.Depth
    ) async throws -> (fleet: Fleet, outlets: [OutletID], loads: [String]) {
        let expressions = try RemoteFailure.targets(targets)
        let settings = try broker.settings(connectTime: .seconds(timeout))
        do throws(RemoteError) {
            let fleet = try await Remote.look(settings, RemoteInterest(expressions, depth: depth))
            return (fleet, try Self.outlets(expressions, in: fleet), try Self.loads(expressions, in: fleet))
        } catch {
            throw RemoteFailure.report(error)
        }
    }

    /// The outlets that targets name; all of them when there is no target.
    static func outlets(_ expressions: [TargetExpression], in fleet: Fleet) throws(RemoteError) -> [OutletID] {
        guard !expressions.isEmpty else {
            return fleet.pdus.flatMap { name, pdu in pdu.outlets.keys.map { OutletID(pdu: name, outlet: $0) } }.sorted()
        }
        var outlets: [OutletID] = []
        for target in try fleet.resolve(expressions) {
            switch target {
            case .outlet(let outlet): outlets.append(outlet)
            case .load: continue
            case .group:
                throw RemoteError(.badTarget, "\(target): only agents know what is in a group; name its outlets")
            }
        }
        return outlets
    }

    /// The loads that targets name; all of them when there is no target.
    static func loads(_ expressions: [TargetExpression], in fleet: Fleet) throws(RemoteError) -> [String] {
        guard !expressions.isEmpty else { return fleet.loads.keys.sorted() }
        var loads: [String] = []
        for target in try fleet.resolve(expressions) {
            guard case .load(let name) = target else { continue }
            guard fleet.loads[name] != nil else {
                throw RemoteError(.noSuchTarget, "no agent at the broker has said anything of a load '\(name)'")
            }
            loads.append(name)
        }
        return loads
    }
}
