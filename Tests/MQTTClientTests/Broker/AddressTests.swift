import LocalServices
import TestSupport
import Testing

@testable import HostNames
@testable import MQTTClient

@Suite("A broker with several addresses", .timeLimit(.minutes(10)))
struct AddressTests {
    /// Runs a client whose broker's name has these addresses.
    private func connect(
        _ addresses: [String],
        _ port: Int,
        _ body: @Sendable (RunningClient) async throws -> Void
    ) async throws {
        let names = HostNames { _ in .success(addresses) }
        var configuration = try MQTTConfiguration.local(port, id: "a")
        configuration.brokers = [try BrokerAddress("mqtt://broker.example:\(port)")]
        try await RunningClient.with(configuration, names: names) { one in try await body(one) }
    }

    @Test(
        "is reached at the one where it listens, and nothing is said of the others that refuse",
        arguments: [
            ["::1", "127.0.0.1"], ["127.0.0.2", "127.0.0.1"], ["127.0.0.3", "::1", "127.0.0.2", "127.0.0.1"],
        ]
    )
    func refused(_ addresses: [String]) async throws {
        let broker = try FakeBroker { packet in packet.type == 1 ? .send(packet.welcome) : .nothing }
        try await connect(addresses, broker.port) { one in
            try await one.events.first { $0 == .connected(sessionPresent: false) }
            #expect(one.client.statistics.failedConnections == 0)
            #expect(one.log.elements.allSatisfy { !$0.hasPrefix("warning") && !$0.hasPrefix("error") })
        }
    }

    @Test(
        "is reached within the connection's time although the first says nothing at all",
        arguments: ["127.0.0.9", "::1"]
    )
    func dropped(_ silent: String) async throws {
        let broker = try FakeBroker { packet in packet.type == 1 ? .send(packet.welcome) : .nothing }
        guard let deaf = try? DeafListener(silent, port: broker.port) else {
            // A host without IPv6 has no such address.
            return
        }
        try await connect([silent, "127.0.0.1"], broker.port) { one in
            try await one.events.first { $0 == .connected(sessionPresent: false) }
            #expect(one.client.statistics.failedConnections == 0)
            #expect(one.log.elements.allSatisfy { !$0.hasPrefix("warning") && !$0.hasPrefix("error") })
        }
        withExtendedLifetime(deaf) {}
    }

    @Test("of which none will do is told with all of them, once")
    func none() async throws {
        let port = try FreePort.tcp()
        try await connect(["127.0.0.2", "127.0.0.1"], port) { one in
            let line = try await one.log.first { $0.hasPrefix("warning") }.element
            #expect(line.contains("nobody listens"))
            #expect(line.contains("127.0.0.1 and 127.0.0.2"))
            #expect(one.client.statistics.lastError?.code == .connectionRefused)
        }
    }

    @Test("is found again under its name after it was away")
    func again() async throws {
        let broker = try await Mosquitto.start(MosquittoConfiguration())
        try await connect(["127.0.0.2", "127.0.0.1"], broker.port) { one in
            let next = try await one.events.first { $0 == .connected(sessionPresent: false) }.next
            try await broker.restart()
            try await one.events.first(from: next) { $0 == .connected(sessionPresent: false) }
        }
    }
}
