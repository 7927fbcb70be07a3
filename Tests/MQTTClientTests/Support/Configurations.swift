import LocalServices
import MQTTClient

extension MQTTConfiguration {
    /// A client of a broker on 127.0.0.1, subscribed to some filters.
    static func local(
        _ port: Int,
        id: String,
        subscribing filters: String...,
        change: (inout MQTTConfiguration) -> Void = { _ in }
    ) throws -> MQTTConfiguration {
        let broker = try BrokerAddress("mqtt://127.0.0.1:\(port)")
        var configuration = MQTTConfiguration(brokers: [broker], clientID: id)
        configuration.subscriptions = filters.map { Subscription($0) }
        change(&configuration)
        return configuration
    }

    /// A client that encrypts.
    static func encrypted(
        host: String = "127.0.0.1",
        _ port: Int,
        id: String,
        _ tls: TLSSettings
    ) throws -> MQTTConfiguration {
        let broker = try BrokerAddress("mqtts://\(host):\(port)")
        var configuration = MQTTConfiguration(brokers: [broker], clientID: id)
        configuration.tls = tls
        return configuration
    }
}
