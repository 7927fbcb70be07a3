import Agent
import AgentConfiguration
import ArgumentParser
import Foundation
import MQTTClient
import Remote

/// Where the broker is and how to get in: options, then the environment, then the configuration.
struct BrokerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The broker, like mqtt://host:1883 or mqtts://host.",
            discussion: "Else BUSBAR_BROKER, else what --config says, else mqtt://127.0.0.1:1883."
        )
    )
    var broker: String?

    @Option(help: "The user at the broker; else BUSBAR_USERNAME.")
    var username: String?

    @Option(
        help: ArgumentHelp(
            "Give commands as this user, on topics where the broker lets only it write; else BUSBAR_AS.",
            discussion:
                "Without it the plain topics are used, unless --config says require_user: then it is --username."
        )
    )
    var `as`: String?

    @Option(help: "A file with the password at the broker; else BUSBAR_PASSWORD_FILE.")
    var passwordFile: String?

    @Option(help: "A file with the authorities to trust with mqtts://; else the system's.")
    var caFile: String?

    @Option(name: .shortAndLong, help: "An agent's configuration, to take all of this from; else BUSBAR_CONFIG.")
    var config: String?

    @Option(help: "The base topic of the agents; else BUSBAR_BASE_TOPIC, else what the configuration says, else lab.")
    var baseTopic: String?

    /// The configuration file that was named.
    var configurationPath: String? { config ?? Self.environment["BUSBAR_CONFIG"] }

    private static var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// How to reach the agents.
    ///
    /// - Throws: a `ValidationError` for bad options, the exit code for a bad configuration.
    func settings(connectTime: Duration = .seconds(5)) throws -> RemoteSettings {
        let environment = Self.environment
        let configuration = try configurationPath.map { try ConfigurationLoader(path: $0).load() }
        let base = baseTopic ?? environment["BUSBAR_BASE_TOPIC"] ?? configuration?.mqtt.baseTopic ?? "lab"
        let topics = TopicMap(base: base)
        var connection = MQTTConfiguration(brokers: [], clientID: "busbar")
        do throws(MQTTError) {
            if let configuration { connection = try MQTTConfiguration(configuration, topics: topics) }
            if let address = broker ?? environment["BUSBAR_BROKER"] {
                connection.brokers = [try .init(address)]
                connection.tls = nil
            } else if connection.brokers.isEmpty {
                connection.brokers = [try .init("mqtt://127.0.0.1:1883")]
            }
        } catch {
            throw ValidationError(error.message)
        }
        if let caFile { connection.tls = .init(caFile: caFile) }
        if let username = username ?? environment["BUSBAR_USERNAME"] {
            connection.username = username
            connection.password = nil
        }
        if let file = passwordFile ?? environment["BUSBAR_PASSWORD_FILE"] {
            connection.password = MQTTPassword(try Self.firstLine(of: file))
        }
        let isRequired = configuration?.mqtt.requiresUser ?? false
        let user = self.as ?? environment["BUSBAR_AS"] ?? (isRequired ? connection.username : nil)
        if let user, !Sender.isName(user) { throw ValidationError("'\(user)' is no user's name") }
        return RemoteSettings(connection: connection, topics: topics, user: user, connectTime: connectTime)
    }

    private static func firstLine(of file: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: file), let text = String(data: data, encoding: .utf8)
        else { throw ValidationError("the password file \(file) cannot be read") }
        return String(text.prefix { !$0.isNewline })
    }
}
