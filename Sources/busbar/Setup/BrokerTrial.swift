import Agent
import MQTTClient
import Remote

/// A broker that is tried for real: by connecting, and asking for what is retained.
struct BrokerTrial: Sendable {
    /// Where one is looked for, where nothing else is said.
    static let usual = "mqtt://127.0.0.1:1883"

    var address: String
    var username: String?
    var password: String?

    /// What is wrong with an address as such.
    static func problem(with address: String) -> String? {
        do throws(MQTTError) {
            _ = try connection(to: address)
            return nil
        } catch {
            return error.message
        }
    }

    /// Why the broker cannot be used; nothing when it answers and lets the user in.
    func problem() async -> String? {
        do {
            var connection = try Self.connection(to: address)
            connection.username = username
            connection.password = password.map { MQTTPassword($0) }
            let settings = RemoteSettings(
                connection: connection,
                topics: TopicMap(base: "lab"),
                connectTime: .seconds(3)
            )
            _ = try await Remote.look(settings, RemoteInterest([], depth: .description))
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func connection(to address: String) throws(MQTTError) -> MQTTConfiguration {
        MQTTConfiguration(brokers: [try .init(address)], clientID: "busbar-init")
    }
}
