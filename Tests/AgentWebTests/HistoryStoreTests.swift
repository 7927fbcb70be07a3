import Foundation
import LocalServices
import Logging
import Power
import Testing

@testable import AgentWeb

@Suite("What was measured, on the disk", .timeLimit(.minutes(10)))
struct HistoryStoreTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    /// A full day before now, so that nothing of it is too old.
    private let start = Int(Date().timeIntervalSince1970) / 86400 * 86400 - 86400

    private func store(_ directory: TemporaryDirectory, size: Int = 1 << 24) -> HistoryStore {
        HistoryStore(path: directory.path(of: "history.sqlite"), size: size, logger: Self.logger)
    }

    private func key(_ quantity: Quantity, outlet: Int? = 1) throws -> HistoryStore.Key {
        HistoryStore.Key(
            pdu: try #require(PDUName("pdu1")),
            outlet: outlet.flatMap(OutletNumber.init),
            quantity: quantity
        )
    }

    private func take(_ store: HistoryStore, _ values: MeasuredValues, at seconds: Int) throws {
        var reading = DeviceReading()
        reading.outletMeasurements[try #require(OutletNumber(1))] = values
        reading.measurements = values
        store.take(
            reading,
            of: try #require(PDUName("pdu1")),
            at: Date(timeIntervalSince1970: Double(start + seconds))
        )
    }

    private func query(_ text: [(String, String)]) throws -> HistoryQuery {
        let parameters = text.map { (key: Substring($0.0), value: Substring($0.1)) }
        return try #require(try HistoryQuery(parameters, now: Date(timeIntervalSince1970: Double(start + 7200))))
    }

    @Test("every quantity is kept, in buckets of a minute, with the one that is being filled")
    func keeps() async throws {
        let directory = try TemporaryDirectory(prefix: "history")
        let store = store(directory)
        try take(store, [.current: 1, .power: 100], at: 0)
        try take(store, [.current: 3, .power: 300], at: 30)
        try take(store, [.current: 5, .power: 500], at: 65)
        let found = try #require(await store.buckets(of: try key(.current), try query([("bucket", "60")])))
        #expect(found.width == 60)
        #expect(found.buckets.map(\.start) == [start, start + 60])
        #expect(found.buckets.map(\.mean) == [2, 5])
        #expect(found.buckets.map(\.min) == [1, 5] && found.buckets.map(\.max) == [3, 5])
        let whole = try #require(await store.buckets(of: try key(.power, outlet: nil), try query([("bucket", "60")])))
        #expect(whole.buckets.map(\.mean) == [200, 500])
    }

    @Test("a restart keeps it, and goes on in the same buckets")
    func restarts() async throws {
        let directory = try TemporaryDirectory(prefix: "history")
        let first = store(directory)
        try take(first, [.power: 100], at: 10)
        await first.close()
        let second = store(directory)
        try take(second, [.power: 300], at: 20)
        await second.close()
        let third = store(directory)
        let found = try #require(await third.buckets(of: try key(.power), try query([("bucket", "60")])))
        #expect(found.buckets == [HistoryStore.Bucket(start: start, count: 2, sum: 400, min: 100, max: 300)])
    }

    @Test("longer buckets are made of shorter ones, with the same mean, lowest and highest")
    func coarser() async throws {
        let directory = try TemporaryDirectory(prefix: "history")
        let store = store(directory)
        for minute in 0..<120 { try take(store, [.power: Double(minute)], at: minute * 60) }
        for (bucket, count) in [("900", 8), ("3600", 2), ("1800", 4)] {
            let found = try #require(await store.buckets(of: try key(.power), try query([("bucket", bucket)])))
            #expect(found.buckets.count == count, "\(bucket)")
            #expect(found.buckets.first?.min == 0 && found.buckets.last?.max == 119)
            #expect(found.buckets.reduce(0) { $0 + $1.count } == 120)
        }
    }

    @Test("what is too old for buckets of a minute is there in longer ones, and is given so")
    func thinned() async throws {
        let directory = try TemporaryDirectory(prefix: "history")
        let store = store(directory)
        let old = -5 * 86400
        for minute in 0..<60 { try take(store, [.power: 50], at: old + minute * 60) }
        try take(store, [.power: 60], at: 0)
        let since = ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(start + old)))
        let until = ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(start + old + 7200)))
        let query = try query([("since", since), ("until", until)])
        let found = try #require(await store.buckets(of: try key(.power), query))
        #expect(found.width == 900)
        #expect(found.buckets.map(\.mean) == [50, 50, 50, 50])
    }

    @Test("the file keeps to its size however many things are followed")
    func bounded() async throws {
        let directory = try TemporaryDirectory(prefix: "history")
        let size = 1 << 20
        let store = store(directory, size: size)
        var reading = DeviceReading()
        for number in 1...200 {
            reading.outletMeasurements[try #require(OutletNumber(number))] = [.power: 1, .current: 2]
        }
        let now = Int(Date().timeIntervalSince1970) / 60 * 60
        // Everything is younger than a hundredth of the time for which it is kept.
        for minute in 0..<60 {
            let pdu = try #require(PDUName("pdu\(minute % 3)"))
            store.take(reading, of: pdu, at: Date(timeIntervalSince1970: Double(now - (60 - minute) * 60)))
            if minute % 10 == 9 { _ = await store.buckets(of: try key(.power), try query([("bucket", "60")])) }
        }
        await store.close()
        let path = directory.path(of: "history.sqlite")
        let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        #expect(bytes > 0 && bytes <= size, "\(bytes)")
        #expect(store.lost == 0)
    }

    @Test("a bound of zero keeps nothing and makes no file")
    func nothing() async throws {
        let directory = try TemporaryDirectory(prefix: "history")
        let store = store(directory, size: 0)
        try take(store, [.power: 100], at: 0)
        await store.close()
        #expect(!store.isKeeping)
        #expect(!FileManager.default.fileExists(atPath: directory.path(of: "history.sqlite")))
    }

    @Test("a file that is taken away is made anew")
    func taken() async throws {
        let directory = try TemporaryDirectory(prefix: "history")
        let store = store(directory)
        try take(store, [.power: 100], at: 0)
        try take(store, [.power: 100], at: 60)
        _ = await store.buckets(of: try key(.power), try query([("bucket", "60")]))
        for end in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: directory.path(of: "history.sqlite" + end))
        }
        try take(store, [.power: 200], at: 120)
        let found = try #require(await store.buckets(of: try key(.power), try query([("bucket", "60")])))
        #expect(found.buckets.map(\.mean) == [100, 200])
    }

    @Test(
        "what cannot be understood is refused by name",
        arguments: [
            ("quantity", "watts", "quantity must be one of"), ("since", "yesterday", "since must be a time"),
            ("bucket", "61", "bucket must be from 60"),
        ]
    )
    func refused(key: String, value: String, words: String) async throws {
        try await TestFleet.with { fleet in
            try await fleet.serve { web in
                let answer = try await web.get("/api/v1/pdus/pdu1/history?\(key)=\(value)")
                #expect(answer.status == 400)
                #expect(answer.text.hasPrefix(words), "\(answer.text)")
            }
        }
    }

    @Test("the interface gives what a device measured")
    func served() async throws {
        try await TestFleet.with { fleet in
            fleet.devices[0].measure(1, 42)
            try await fleet.serve { web in
                try await web.follow { events in
                    _ = await events.next("hello")
                    _ = try await web.post("/api/v1/pdus/pdu1/refresh", "")
                    while let event = await events.next("telemetry"), event.data["pdu"] as? String != "pdu1" {}
                    let answer = try await web.get("/api/v1/pdus/pdu1/outlets/1/history?quantity=power")
                    #expect(answer.status == 200)
                    let view = try answer.object()
                    #expect(view["quantity"] as? String == "power" && view["bucket_s"] as? Int == 60)
                    #expect((view["max"] as? [Double])?.last == 42)
                }
            }
        }
    }
}
