import NIOCore
import Power
import Testing

@testable import AgentWeb

@Suite("Events", .timeLimit(.minutes(10)))
struct EventTests {
    @Test("a client is told of commands, of buttons and of devices that go away")
    func follows() async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                try await web.follow { events in
                    let hello = await events.next()
                    #expect(hello?.name == "hello")

                    _ = try await web.post("/api/v1/pdus/pdu1/outlets/2/command", #"{"action":"ON","by":"Ada"}"#)
                    let own = try #require(await events.next("state"))
                    #expect(own.data["pdu"] as? String == "pdu1")
                    #expect(own.data["outlet"] as? Int == 2)
                    #expect(own.data["state"] as? String == "ON")
                    #expect(own.data["own"] as? Bool == true)
                    let result = try #require(await events.next("result"))
                    #expect(result.data["by"] as? String == "Ada")

                    fleet.devices[1].press(3, .on)
                    _ = try await web.post("/api/v1/pdus/pdu2/refresh", "")
                    let foreign = try #require(await events.next("state"))
                    #expect(foreign.data["pdu"] as? String == "pdu2")
                    #expect(foreign.data["own"] as? Bool == false)

                    fleet.devices[1].failure = DriverError(.timeout, "no answer")
                    _ = try await web.post("/api/v1/pdus/pdu2/refresh", "")
                    let offline = try #require(await events.next("availability"))
                    #expect(offline.data["online"] as? Bool == false)
                    #expect(offline.data["reason"] as? String == "no answer")
                }
            }
        }
    }

    @Test("a client that is too slow is told how much it missed")
    func drops() async throws {
        let queue = EventQueue()
        for _ in 0...EventQueue.capacity { queue.add(ServerSentEvent.heartbeat) }
        let batch = try #require(await queue.next())
        #expect(batch.count == 2)
        #expect(String(buffer: batch[0]) == "event: dropped\ndata: {\"count\":\(EventQueue.capacity)}\n\n")
        queue.close()
        #expect(await queue.next() == nil)
    }

    @Test("no more clients are served than the agent can bear")
    func bounded() {
        let hub = EventHub()
        for _ in 0..<EventHub.maximumClients { #expect(hub.join() != nil) }
        #expect(hub.join() == nil)
        hub.leave(1)
        #expect(hub.join() != nil)
    }
}
