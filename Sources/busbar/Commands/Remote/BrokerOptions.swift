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
            discussion: "Else BUSBAR_BROKER, else what the configuration says, else mqtt://127.0.0.1:1883."
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

    @OptionGroup var file: ConfigurationOption

    @Option(help: "The base topic of the agents; else BUSBAR_BASE_TOPIC, else what the configuration says, else lab.")
    var baseTopic: String?

    private static func variable(_ name: String) -> String? {
        let value = ProcessInfo.processInfo.environment[name]
        return value?.isEmpty == false ? value : nil
    }

    /// The configuration that was named. Without one, and where no broker is named either, that of the agent on this
    /// machine, when there is one that this user may read.
    ///
    /// - Throws: the exit code for a bad configuration, after saying what is wrong with it.
    private func configuration(orNamed isNamed: Bool) throws -> AgentConfiguration? {
        if let path = file.named { return try ConfigurationLoader(path: path).load(tellsWarnings: false) }
        guard !isNamed, FileManager.default.isReadableFile(atPath: ConfigurationOption.usual) else { return nil }
        return try ConfigurationLoader(path: ConfigurationOption.usual).load(tellsWarnings: false)
    }

    /// How to reach the agents.
    ///
    /// - Throws: a `ValidationError` for bad options, the exit code for a bad configuration or password file.
    func settings(connectTime: Duration = .seconds(5)) throws -> RemoteSettings {
        try settings(try configuration(), connectTime: connectTime)
    }

    /// The configuration that these options lead to, where they lead to one.
    ///
    /// - Throws: the exit code for a bad one, after saying what is wrong with it.
    func configuration() throws -> AgentConfiguration? {
        try configuration(orNamed: (broker ?? Self.variable("BUSBAR_BROKER")) != nil)
    }

    /// How to reach the agents, with what a configuration says.
    func settings(
        _ configuration: AgentConfiguration?,
        connectTime: Duration = .seconds(5)
    ) throws -> RemoteSettings {
        let named = broker ?? Self.variable("BUSBAR_BROKER")
        let base = baseTopic ?? Self.variable("BUSBAR_BASE_TOPIC") ?? configuration?.mqtt.baseTopic ?? "lab"
        let topics = TopicMap(base: base)
        var connection = MQTTConfiguration(brokers: [], clientID: "busbar")
        do throws(MQTTError) {
            if let configuration { connection = try MQTTConfiguration(configuration, topics: topics) }
            if let named {
                connection.brokers = [try .init(named)]
                connection.tls = nil
            } else if connection.brokers.isEmpty {
                connection.brokers = [try .init("mqtt://127.0.0.1:1883")]
            }
        } catch {
            throw ValidationError(error.message)
        }
        if let caFile { connection.tls = .init(caFile: caFile) }
        if let username = username ?? Self.variable("BUSBAR_USERNAME") {
            connection.username = username
            connection.password = nil
        }
        if let path = passwordFile ?? Self.variable("BUSBAR_PASSWORD_FILE"),
            let text = try SecretArgument.read(path, variable: "")
        {
            connection.password = MQTTPassword(String(text.prefix { !$0.isNewline }))
        }
        let isRequired = configuration?.mqtt.requiresUser ?? false
        let user = self.as ?? Self.variable("BUSBAR_AS") ?? (isRequired ? connection.username : nil)
        if let user, !Sender.isName(user) { throw ValidationError("'\(user)' is no user's name") }
        return RemoteSettings(connection: connection, topics: topics, user: user, connectTime: connectTime)
    }
}
