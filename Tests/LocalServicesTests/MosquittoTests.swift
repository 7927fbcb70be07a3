import LocalServices
import Testing

@Suite("A local mosquitto", .timeLimit(.minutes(10)))
struct MosquittoTests {
    private func publish(_ broker: Mosquitto, _ arguments: [String]) async throws -> Command.Result {
        try await Command.run(
            "mosquitto_pub",
            package: "mosquitto-clients",
            ["-h", "127.0.0.1", "-p", "\(broker.port)", "-q", "1"] + arguments
        )
    }

    /// What comes first; nothing when nothing comes for so many seconds.
    private func subscribe(_ broker: Mosquitto, within limit: Int = 50) async throws -> String {
        try await Command.run(
            "mosquitto_sub",
            package: "mosquitto-clients",
            ["-h", "127.0.0.1", "-p", "\(broker.port)", "-W", "\(limit)", "-t", "lab/#", "-C", "1"]
        ).output
    }

    @Test("takes messages as soon as it has started, and none after it has stopped")
    func works() async throws {
        let broker = try await Mosquitto.start()
        #expect(try await publish(broker, ["-t", "lab/a", "-m", "on", "-r"]).isSuccess)
        #expect(try await subscribe(broker) == "on\n")
        await broker.stop()
        #expect(try await !publish(broker, ["-t", "lab/a", "-m", "on"]).isSuccess)
    }

    @Test("comes back on the same port with what it had stored, even when it was killed")
    func persists() async throws {
        let broker = try await Mosquitto.start(MosquittoConfiguration(isPersistent: true))
        #expect(try await publish(broker, ["-t", "lab/a", "-m", "kept", "-r"]).isSuccess)
        try await broker.restart()
        #expect(try await subscribe(broker) == "kept\n")
        await broker.kill()
        try await broker.start()
        #expect(try await subscribe(broker) == "kept\n")
        try await broker.restart(keepsData: false)
        #expect(try await subscribe(broker, within: 2) == "")
    }

    @Test("lets only its users in")
    func users() async throws {
        let broker = try await Mosquitto.start(
            MosquittoConfiguration(users: ["agent": "s3cret!"], accessControl: "user agent\ntopic readwrite lab/#\n")
        )
        #expect(try await publish(broker, ["-t", "lab/a", "-m", "x", "-u", "agent", "-P", "s3cret!"]).isSuccess)
        #expect(try await !publish(broker, ["-t", "lab/a", "-m", "x", "-u", "agent", "-P", "wrong"]).isSuccess)
        #expect(try await !publish(broker, ["-t", "lab/a", "-m", "x"]).isSuccess)
    }

    @Test("on a port that another one holds has not started, though connections are taken there")
    func portIsTaken() async throws {
        let other = try await Mosquitto.start()
        await #expect {
            _ = try await Mosquitto.start(MosquittoConfiguration(port: other.port))
        } throws: { error in
            (error as? LocalServicesError)?.code == .exited
        }
        #expect(try await publish(other, ["-t", "lab/a", "-m", "on"]).isSuccess)
    }

    @Test("that cannot start says why")
    func fails() async throws {
        await #expect {
            _ = try await Mosquitto.start(MosquittoConfiguration(additionalLines: ["no_such_setting 1"]))
        } throws: { error in
            let error = error as? LocalServicesError
            return error?.code == .exited && error?.message.contains("no_such_setting") == true
        }
    }
}
