import Foundation
import Power
import Testing

@testable import AgentWeb

@Suite("What was drawn", .timeLimit(.minutes(10)))
struct HistoryTests {
    private func pdu(_ number: Int) throws -> PDUName { try #require(PDUName("pdu\(number)")) }

    private func reading(_ outlets: [Int: Double], whole: Double? = nil) throws -> DeviceReading {
        var reading = DeviceReading()
        for (number, watts) in outlets {
            reading.outletMeasurements[try #require(OutletNumber(number))] = [.power: watts, .voltage: 230]
        }
        if let whole { reading.measurements = [.power: whole] }
        return reading
    }

    @Test("begins with buckets of a minute, for outlets and PDUs that measure power and for no others")
    func begins() throws {
        var history = PowerHistory(HistoryLimits(span: .seconds(6 * 3600), memory: 1 << 20))
        history.take(try reading([1: 10], whole: 12), of: try pdu(1), at: 30)
        history.take(try reading([1: 20], whole: 22), of: try pdu(1), at: 100)
        history.take(DeviceReading(measurements: [.voltage: 230]), of: try pdu(2), at: 100)
        #expect(history.count == 2)
        let curve = try #require(history.curve(of: try pdu(1), OutletNumber(1), at: 130))
        #expect(curve.start == 0 && curve.width == 60)
        #expect(curve.buckets.map { $0?.mean.rounded() } == [10, 20, nil])
        #expect(history.curve(of: try pdu(1), nil, at: 130)?.buckets.first??.mean.rounded() == 12)
        #expect(history.curve(of: try pdu(1), OutletNumber(2), at: 130) == nil)
        #expect(history.curve(of: try pdu(2), nil, at: 130) == nil)
    }

    @Test("becomes coarser when it must, keeps what it knows, and never takes more than its bound")
    func coarser() throws {
        let memory = 40_000
        var history = PowerHistory(HistoryLimits(span: .seconds(6 * 3600), memory: memory))
        for minute in 0..<60 {
            history.take(try reading([1: 10, 2: Double(minute)]), of: try pdu(1), at: minute * 60)
        }
        for number in 2...60 { history.take(try reading([1: 5]), of: try pdu(number), at: 3600) }
        #expect(history.width > 60 && history.keepsOutlets && history.count == 61)
        #expect(history.count * (history.capacity * 6 + PowerHistory.overhead) <= memory)
        let curve = try #require(history.curve(of: try pdu(1), OutletNumber(2), at: 3599))
        #expect(curve.start == 0 && curve.width == history.width)
        let known = curve.buckets.compactMap(\.self)
        #expect(known.first?.min == 0 && known.last?.max.rounded() == 59)
    }

    @Test("then keeps PDUs as a whole alone, and then no more of them")
    func wholeOnly() throws {
        let memory = 20_000
        var history = PowerHistory(HistoryLimits(span: .seconds(6 * 3600), memory: memory))
        for number in 1...200 { history.take(try reading([1: 5, 2: 6], whole: 11), of: try pdu(number), at: number) }
        #expect(!history.keepsOutlets)
        #expect(history.count * (history.capacity * 6 + PowerHistory.overhead) <= memory)
        #expect(history.curve(of: try pdu(1), nil, at: 300) != nil)
        #expect(history.curve(of: try pdu(1), OutletNumber(1), at: 300) == nil)
        #expect(history.curve(of: try pdu(200), nil, at: 300) == nil)
    }

    @Test("makes room by forgetting what was not measured for the whole span")
    func forgets() throws {
        var history = PowerHistory(HistoryLimits(span: .seconds(1800), memory: 1 << 10))
        for number in 1...3 { history.take(try reading([:], whole: 5), of: try pdu(number), at: 0) }
        #expect(history.count == 3 && history.width == 60)
        history.take(try reading([:], whole: 7), of: try pdu(4), at: 3 * 3600)
        #expect(history.count == 1)
        #expect(history.curve(of: try pdu(4), nil, at: 3 * 3600) != nil)
    }

    @Test("takes nothing when it is off")
    func off() throws {
        var history = PowerHistory(HistoryLimits(span: .zero, memory: 1 << 20))
        history.take(try reading([1: 5], whole: 5), of: try pdu(1), at: 0)
        #expect(history.count == 0)
    }

    @Test("is answered with gaps where the device did not answer, and with nothing where nothing is measured")
    func served() async throws {
        try await TestFleet.with { fleet in
            let device = fleet.devices[0]
            device.measure(1, 42)
            try await fleet.serve { web in
                func read() async throws {
                    try await web.follow { events in
                        _ = try await web.post("/api/v1/pdus/pdu1/refresh", "")
                        _ = await events.next(device.failure == nil ? "telemetry" : "availability")
                    }
                }
                try await read()
                fleet.clock.pass(seconds: 60)
                device.failure = DriverError(.timeout, "no answer")
                try await read()
                fleet.clock.pass(seconds: 120)
                device.failure = nil
                device.measure(1, 50)
                try await read()
                var history = try await web.get("/api/v1/pdus/pdu1/outlets/1/history").object()
                // The page's listeners are told before the history is.
                while (history["mean"] as? [Any])?.last as? Double == nil {
                    history = try await web.get("/api/v1/pdus/pdu1/outlets/1/history").object()
                }
                let means = try #require(history["mean"] as? [Any])
                #expect(means.map { ($0 as? Double)?.rounded() } == [42, nil, nil, 50])
                #expect(history["bucket_s"] as? Int == 60 && history["kept_s"] as? Int == 3600)
                let whole = try await web.get("/api/v1/pdus/pdu1/history").object()
                #expect((whole["max"] as? [Any])?.count == 4)
                let other = try await web.get("/api/v1/pdus/pdu2/outlets/1/history").object()
                #expect((other["mean"] as? [Any])?.isEmpty == true && other["from"] == nil)
                #expect(try await web.get("/api/v1/pdus/pdu1/outlets/9/history").status == 404)
            }
        }
    }
}
