import SNMPClient
import Synchronization
import Testing

@testable import Discovery

@Suite(.timeLimit(.minutes(10))) struct ObjectSearchTests {
    private static let vendor: OID = [1, 3, 6, 1, 4, 1, 99_999]

    /// A device that has these objects, and answers as many as it is asked for.
    private static func page(_ objects: [OID], _ oid: OID, _ count: Int) -> [VarBind] {
        let following = objects.filter { $0 > oid }.sorted().prefix(count).map { VarBind($0, .integer(1)) }
        return following.count == count ? following : following + [VarBind(oid, .endOfMIBView)]
    }

    @Test("everything below the vendor's identifier is read, and nothing else")
    func all() async {
        let inside = (1...60 as ClosedRange<UInt32>).map { Self.vendor.appending(1, $0) }
        let objects = inside + [[1, 3, 6, 1, 4, 1, 99_998, 1], [1, 3, 6, 1, 4, 1, 100_000, 1]]
        let result = await ObjectSearch().run(below: Self.vendor) { Self.page(objects, $0, $1) }
        #expect(result.objects.map(\.oid) == inside)
        #expect(result.stopped == nil)
    }

    @Test("objects of net-snmp itself are passed by")
    func agents() async {
        let skipped: [OID] = (1...50 as ClosedRange<UInt32>).map { [1, 3, 6, 1, 4, 1, 2021, 4, $0] }
        let other: OID = [1, 3, 6, 1, 4, 1, 30_000, 1]
        let pages = Mutex(0)
        let result = await ObjectSearch().run(below: ObjectSearch.enterprises) { oid, count in
            pages.withLock { $0 += 1 }
            return Self.page(skipped + [other, [1, 3, 6, 1, 4, 1, 8072, 1]], oid, count)
        }
        #expect(result.objects.map(\.oid) == [other])
        #expect(pages.withLock { $0 } < 5)
    }

    @Test(
        "a device is looked through below its vendor, and below all where the agent's maker speaks for it",
        arguments: [
            ("1.3.6.1.4.1.99999.3.1", "1.3.6.1.4.1.99999"), ("1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.4.1"),
            ("1.3.6.1.4.1.2021.250.10", "1.3.6.1.4.1"), ("0.0", "1.3.6.1.4.1"), ("1.3.6.1.4.1", "1.3.6.1.4.1"),
            ("1.3.6.1.4.1.0", "1.3.6.1.4.1"), ("1.3.6.1.2.1.1", "1.3.6.1.4.1"),
        ]
    )
    func root(_ sysObjectID: String, _ root: String) {
        #expect("\(ObjectSearch.root(sysObjectID: OID(sysObjectID)))" == root)
        #expect(ObjectSearch.root(sysObjectID: nil) == ObjectSearch.enterprises)
    }

    @Test("no more objects and requests are taken than the limits allow")
    func limits() async {
        let endless = ObjectSearch(limits: .init(objects: 100, requests: 1000))
        let many = await endless.run(below: Self.vendor) { oid, count in Self.following(oid, count) }
        #expect(many.objects.count == 100)
        #expect(many.stopped == "stopped after 100 objects")
        let asked = Mutex(0)
        let slow = await ObjectSearch(limits: .init(objects: 100, requests: 7)).run(below: Self.vendor) { oid, _ in
            asked.withLock { $0 += 1 }
            return Self.following(oid, 1)
        }
        #expect(asked.withLock { $0 } == 7)
        #expect(slow.objects.count == 7)
        #expect(slow.stopped == "stopped after 7 requests")
    }

    @Test("a slow device is left alone when the time is over")
    func time() async {
        let clock = SteppingClock()
        let search = ObjectSearch(limits: .init(time: .seconds(10)), clock: clock)
        let result = await search.run(below: Self.vendor) { oid, _ in
            clock.step(.seconds(3))
            return Self.following(oid, 1)
        }
        #expect(result.objects.count == 4)
        #expect(result.stopped == "stopped after 10.0 seconds")
    }

    @Test("objects that do not ascend end the search with what there is", arguments: [1, 5, 3])
    func circles(_ last: UInt32) async {
        let result = await ObjectSearch().run(below: Self.vendor) { _, _ in
            [2, 5, last].map { VarBind(Self.vendor.appending($0), .integer(1)) }
        }
        #expect(result.objects.count == 2)
        #expect(result.stopped?.contains("circles") == true)
    }

    @Test("an answer that is too big is asked for in smaller parts, and an error keeps what was found")
    func errors() async {
        let result = await ObjectSearch().run(below: Self.vendor) { oid, count async throws(SNMPError) in
            if count > 4 { throw SNMPError(.tooBig, "too big") }
            if oid == Self.vendor.appending(6) { throw SNMPError(.noAnswer, "no answer") }
            return Self.following(oid, count)
        }
        #expect(result.objects.count == 6)
        #expect(result.stopped == "no answer")
        let version1 = await ObjectSearch().run(below: Self.vendor) { oid, _ async throws(SNMPError) in
            if oid == Self.vendor.appending(2) { throw SNMPError(.noSuchObject, "no such name") }
            return Self.following(oid, 1)
        }
        #expect(version1.objects.count == 2)
        #expect(version1.stopped == nil)
        let empty = await ObjectSearch().run(below: Self.vendor) { _, _ in [] }
        #expect(empty.objects.isEmpty)
    }

    private static func following(_ oid: OID, _ count: Int) -> [VarBind] {
        let last = oid == vendor ? 0 : oid.arcs.last ?? 0
        return (1...count).map { VarBind(vendor.appending(last + UInt32($0)), .integer(1)) }
    }
}
