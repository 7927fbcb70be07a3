import Glibc
import LocalServices
import MQTTClient
import TestSupport
import Testing

// One after the other: one holds a thousand descriptors, and another counts them.
@Suite("Connecting to a broker", .serialized, .timeLimit(.minutes(10)))
struct ConnectingTests {
    @Test("A new session starts without one before; a persistent one is found again after a lost connection")
    func sessions() async throws {
        let broker = try await Mosquitto.start(MosquittoConfiguration(isPersistent: true))
        for (mode, isPresent) in [(SessionMode.clean, false), (.persistent(expiry: .seconds(600)), true)] {
            let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "lab/#") {
                $0.session = mode
            }
            try await RunningClient.with(configuration) { (one: RunningClient) in
                let next = try await one.events.first { $0 == .connected(sessionPresent: false) }.next
                _ = try await one.whenSubscribed()
                try await broker.restart()
                try await one.events.first(from: next) { $0 == .connected(sessionPresent: isPresent) }
                #expect(one.client.statistics.reconnections == 1)
            }
        }
    }

    @Test(
        "A broker that refuses MQTT 5 is spoken to in 3.1.1",
        arguments: [[0x20, 2, 0, 1], [0x20, 3, 0, 0x84, 0], []]
    )
    func fallsBack(refusal: [UInt8]) async throws {
        let broker = try FakeBroker { packet in
            if packet.protocolLevel == 4 { return .send(packet.welcome) }
            if packet.type == 1 { return refusal.isEmpty ? .close : .send(refusal) }
            return .nothing
        }
        try await RunningClient.with(try .local(broker.port, id: "a")) { (one: RunningClient) in
            try await one.events.first { $0 == .connected(sessionPresent: false) }
            #expect(one.client.statistics.protocolVersion == .v311)
            #expect(broker.packets.elements.compactMap(\.protocolLevel) == [5, 4])
        }
    }

    @Test("A broker that refuses MQTT 5 is not spoken to in 3.1.1 when only 5 is wanted")
    func doesNotFallBack() async throws {
        let broker = try FakeBroker { _ in .send([0x20, 3, 0, 0x84, 0]) }
        let configuration = try MQTTConfiguration.local(broker.port, id: "a") { $0.protocolChoice = .v5 }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            try await one.log.first { $0.contains("error: MQTT") && $0.contains("does not speak MQTT 5") }
            #expect(one.client.statistics.lastError?.code == .protocolRefused)
            #expect(broker.packets.count == 1)
        }
    }

    @Test(
        "A wrong password is told once, without the password, and is not tried again soon",
        arguments: ProtocolChoice.allCases
    )
    func wrongPassword(choice: ProtocolChoice) async throws {
        let broker = try await Mosquitto.start(MosquittoConfiguration(users: ["busbar": "right"]))
        let configuration = try MQTTConfiguration.local(broker.port, id: "a") {
            $0.protocolChoice = choice
            $0.username = "busbar"
            $0.password = MQTTPassword("wrong-secret")
        }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            try await one.log.first { $0.hasPrefix("error: MQTT") }
            #expect(one.client.statistics.lastError?.code == .badCredentials)
            #expect(one.client.statistics.lastError?.message.contains("'busbar'") == true)
            #expect(one.log.elements.allSatisfy { !$0.contains("secret") })
            #expect(one.client.statistics.failedConnections == 1)
        }
    }

    @Test("A cluster that refuses a subscription while it elects a leader is asked again, and no access list is blamed")
    func election() async throws {
        let refusals = Recorder<Int>()
        let broker = try FakeBroker { packet in
            switch packet.type {
            case 1: return .send(packet.welcome)
            case 8:
                refusals.append(1)
                return .send([0x90, 4] + packet.number + [0, refusals.count < 3 ? 0x80 : 0])
            default: return .nothing
            }
        }
        try await RunningClient.with(try .local(broker.port, id: "a", subscribing: "lab/#")) { (one: RunningClient) in
            _ = try await one.whenSubscribed()
            #expect(refusals.count == 3)
            #expect(one.log.elements.allSatisfy { !$0.hasPrefix("error") && !$0.hasPrefix("warning") })
        }
    }

    @Test("A broker of MQTT 5 is told not to send packets of more than four megabytes")
    func largestPacket() async throws {
        let broker = try FakeBroker { packet in packet.type == 1 ? .send(packet.welcome) : .nothing }
        try await RunningClient.with(try .local(broker.port, id: "a")) { (one: RunningClient) in
            try await one.events.first { $0 == .connected(sessionPresent: false) }
            let greeting = try #require(broker.packets.elements.first { $0.type == 1 })
            // The property's number, and 2^22 in four bytes.
            #expect(greeting.body.windows(of: 5).contains([0x27, 0, 0x40, 0, 0]))
        }
    }

    @Test("A broker that has let us in and then closes without an answer is not taken for a TLS port")
    func closesLater() async throws {
        let greetings = Recorder<Int>()
        let broker = try FakeBroker { packet in
            guard packet.type == 1 else { return packet.type == 3 ? .close : .nothing }
            greetings.append(1)
            return greetings.count == 1 ? .send(packet.welcome) : .close
        }
        let configuration = try MQTTConfiguration.local(broker.port, id: "a") { $0.protocolChoice = .v311 }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            try await one.events.first { $0 == .connected(sessionPresent: false) }
            try one.client.enqueue(OutgoingMessage(topic: "lab/x", payload: [1]))
            let line = try await one.log.first { $0.contains("without an answer") }.element
            #expect(line.contains("let us in before"))
            #expect(!line.contains("TLS"))
        }
    }

    @Test("The right password lets in")
    func rightPassword() async throws {
        let broker = try await Mosquitto.start(MosquittoConfiguration(users: ["busbar": "right"]))
        let configuration = try MQTTConfiguration.local(broker.port, id: "a") {
            $0.username = "busbar"
            $0.password = MQTTPassword("right")
        }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            try await one.client.publish(OutgoingMessage(topic: "lab/a", text: "x"))
        }
    }

    @Test("A broker that refuses the client id is told of by that id", arguments: [ProtocolChoice.v5, .v311])
    func refusedClientID(choice: ProtocolChoice) async throws {
        let broker = try FakeBroker { packet in
            .send(packet.protocolLevel == 5 ? [0x20, 3, 0, 0x85, 0] : [0x20, 2, 0, 2])
        }
        let configuration = try MQTTConfiguration.local(broker.port, id: "taken") { $0.protocolChoice = choice }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            try await one.log.first { $0.hasPrefix("error: MQTT") && $0.contains("'taken'") }
            #expect(one.client.statistics.lastError?.code == .identifierRefused)
        }
    }

    @Test("Brokers are tried in turn, past one where nobody listens and one that refuses us")
    func inTurn() async throws {
        let locked = try await Mosquitto.start(MosquittoConfiguration(users: ["somebody": "else"]))
        let open = try await Mosquitto.start()
        var configuration = try MQTTConfiguration.local(try FreePort.tcp(), id: "a")
        configuration.brokers += [try BrokerAddress(locked.url), try BrokerAddress(open.url)]
        try await RunningClient.with(configuration) { (one: RunningClient) in
            try await one.events.first { $0 == .connected(sessionPresent: false) }
            #expect(one.client.statistics.broker == (try BrokerAddress(open.url)))
            #expect(one.log.elements.contains { $0.contains("nobody listens at") })
        }
    }

    @Test("A broker that is not there is told of once and found when it comes")
    func comesLater() async throws {
        let broker = try await Mosquitto.start()
        await broker.stop()
        try await RunningClient.with(try .local(broker.port, id: "a")) { (one: RunningClient) in
            // The second attempt has failed when its error is the same and not logged.
            try await one.log.first { $0.contains("nobody listens at") }
            try await broker.start()
            try await one.events.first { $0 == .connected(sessionPresent: false) }
            #expect(one.log.elements.count { $0.contains("nobody listens at") } == 1)
        }
    }

    @Test("A listener that takes the connection and never answers is given up after the time limit")
    func neverAnswers() async throws {
        let broker = try FakeBroker { _ in .nothing }
        let configuration = try MQTTConfiguration.local(broker.port, id: "a") { $0.connectTimeout = .milliseconds(300) }
        try await RunningClient.with(configuration) { (one: RunningClient) in
            try await one.log.first { $0.contains("does not answer: is it an MQTT broker?") }
            #expect(one.client.statistics.lastError?.code == .timeout)
            try await broker.packets.first(from: 1) { $0.type == 1 }
        }
    }

    @Test("A host name without an address is told of")
    func unknownHost() async throws {
        var configuration = try MQTTConfiguration.local(1, id: "a")
        configuration.brokers = [try BrokerAddress("mqtt://no-such-host.invalid")]
        try await RunningClient.with(configuration) { (one: RunningClient) in
            try await one.log.first { $0.contains("no address is known for the broker's host 'no-such-host.invalid'") }
            #expect(one.client.statistics.lastError?.code == .hostNotFound)
        }
    }

    @Test("A host name is found, whatever of its addresses the broker listens at")
    func hostName() async throws {
        let broker = try await Mosquitto.start()
        var configuration = try MQTTConfiguration.local(1, id: "a")
        configuration.brokers = [try BrokerAddress("mqtt://localhost:\(broker.port)")]
        try await RunningClient.with(configuration) { (one: RunningClient) in
            try await one.events.first { $0 == .connected(sessionPresent: false) }
        }
    }

    @Test("A file descriptor above 1,024 works, also on a reconnection")
    func highDescriptor() async throws {
        let broker = try await Mosquitto.start()
        let spare = (0..<1_100).map { _ in fcntl(0, F_DUPFD_CLOEXEC, 0) }
        defer { for descriptor in spare { close(descriptor) } }
        try #require((spare.max() ?? 0) > 1_024, "raise the limit of open files")
        let configuration = try MQTTConfiguration.local(broker.port, id: "a", subscribing: "lab/#")
        try await RunningClient.with(configuration) { (one: RunningClient) in
            let next = try await one.whenSubscribed()
            try await broker.restart()
            _ = try await one.whenSubscribed(from: next)
            try await one.client.publish(OutgoingMessage(topic: "lab/a", text: "x"))
            try await one.message(on: "lab/a")
        }
    }

    @Test("200 clients that come and go leave no file descriptors behind")
    func noLeak() async throws {
        let broker = try await Mosquitto.start()
        let before = openDescriptors
        for number in 0..<200 {
            let configuration = try MQTTConfiguration.local(broker.port, id: "a\(number)", subscribing: "lab/#")
            try await RunningClient.with(configuration) { (one: RunningClient) in
                if number.isMultiple(of: 2) { _ = try await one.whenSubscribed() }
            }
        }
        // Other tests run beside this one; a leak would be 3 descriptors a client at the least.
        #expect(openDescriptors < before + 300)
    }

    private var openDescriptors: Int { (0..<20_000).count { fcntl(Int32($0), F_GETFD) >= 0 } }
}

extension [UInt8] {
    /// All runs of so many bytes.
    fileprivate func windows(of size: Int) -> [[UInt8]] {
        count < size ? [] : (0...(count - size)).map { Array(self[$0..<($0 + size)]) }
    }
}
