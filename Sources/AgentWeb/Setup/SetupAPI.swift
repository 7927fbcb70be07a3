import Agent
import Foundation
import HTTPTypes
import Hummingbird

/// Answers the page's requests about the configuration.
struct SetupAPI: Sendable {
    /// What can be asked, and where.
    enum Work: CaseIterable, Sendable {
        case state, broker, probe, scan, scanState, preview, save

        var method: HTTPRequest.Method {
            switch self {
            case .state, .scanState: .get
            case .broker, .probe, .scan, .preview, .save: .post
            }
        }

        var path: String {
            let base = "/api/v1/setup"
            return switch self {
            case .state: base
            case .broker: base + "/broker"
            case .probe: base + "/probe"
            case .scan: base + "/scan"
            case .scanState: base + "/found"
            case .preview: base + "/preview"
            case .save: base + "/save"
            }
        }
    }

    /// No look at a host takes longer.
    private static let probeTime = Duration.seconds(60)
    /// The largest body in bytes: some dozens of devices with all their outlets named, or a group of thousands.
    private static let maximumSize = 256 << 10
    /// Every key that means something; others are mistakes.
    private static let keys: Set<String> = [
        "address", "username", "password", "host", "snmp", "community", "write_community", "user", "auth_protocol",
        "auth_passphrase", "privacy_protocol", "privacy_passphrase", "network", "change", "seen", "broker", "add",
        "outlets", "remove", "undo", "found", "name", "number", "label", "protected", "pdu", "groups", "loads", "users",
        "remove_groups", "remove_loads", "remove_users", "was", "stagger_s", "on_failure", "feeds", "requires",
        "exclusive", "off_time_s", "limit_s", "role", "scope", "force", "make",
    ]

    let desk: any SetupDesk

    private struct ProblemView: Encodable {
        let message: String
        let problems: [SetupProblem.Part]
    }

    private struct Order: Decodable {
        var change: SetupChange
        var seen: String?
    }

    /// Answers a request.
    ///
    /// - Parameters:
    ///   - refused: told why something was not done.
    ///   - saved: told what was written.
    func answer(
        _ work: Work,
        _ request: Request,
        refused: (String) -> Void = { _ in },
        saved: (SetupSaved) -> Void = { _ in }
    ) async throws -> Response {
        do {
            switch work {
            case .state: return .json(await desk.state())
            case .scanState: return .json(await desk.scanState())
            case .broker:
                let broker: SetupBroker = try await read(request, "{\"address\": …}")
                return .json(await desk.tryBroker(broker))
            case .probe:
                let order: SetupProbe = try await read(request, "{\"host\": …}")
                let found = try await TimeLimit.within(Self.probeTime) { [desk] in try await desk.probe(order) }
                return found.map { .json($0) }
                    ?? .text("the host took longer than \(Self.probeTime)", status: .gatewayTimeout)
            case .scan:
                try await desk.scan(try await read(request, "{\"network\": …}"))
                return .json(await desk.scanState(), status: .accepted)
            case .preview:
                let order: Order = try await read(request, "{\"change\": {…}}")
                return .json(try await desk.preview(order.change))
            case .save:
                let order: Order = try await read(request, "{\"change\": {…}, \"seen\": …}")
                guard let seen = order.seen else {
                    throw SetupProblem(.bad, "ask for the preview first, and send its seen")
                }
                let result = try await desk.save(order.change, seen: seen)
                saved(result)
                return .json(result)
            }
        } catch let problem as SetupProblem {
            refused(problem.message)
            return .json(
                ProblemView(message: problem.message, problems: problem.parts),
                status: problem.kind.status
            )
        }
    }

    private func read<Value: Decodable>(_ request: Request, _ form: String) async throws -> Value {
        let body: [UInt8]
        do throws(BadPayload) {
            body = try await WebAPI.body(of: request, limit: Self.maximumSize)
        } catch {
            throw SetupProblem(.bad, error.description)
        }
        // What exactly is wrong is not said: it may be the secret.
        guard let value = try? JSONDecoder().decode(Value.self, from: Data(body)),
            let object = try? JSONSerialization.jsonObject(with: Data(body)), Self.isKnown(object)
        else { throw SetupProblem(.bad, "send \(form), with the keys of docs/openapi.yaml and no others") }
        return value
    }

    /// Whether all keys mean something. The decoder has bounded how deep it goes.
    private static func isKnown(_ value: Any) -> Bool {
        switch value {
        case let object as [String: Any]: object.allSatisfy { keys.contains($0.key) && isKnown($0.value) }
        case let list as [Any]: list.allSatisfy(isKnown)
        default: true
        }
    }
}

extension SetupProblem.Kind {
    fileprivate var status: HTTPResponse.Status {
        switch self {
        case .bad: .badRequest
        case .refused, .busy: .conflict
        case .unwritable: .forbidden
        }
    }
}
