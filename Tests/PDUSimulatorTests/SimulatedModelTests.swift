import PDUSimulator
import Power
import Synchronization
import Testing

@Suite("A model of a simulated device")
struct SimulatedModelTests {
    /// A device whose time stands still until it is moved.
    private final class Device: Sendable {
        let pdu: SimulatedPDU
        private let clock: TestTime

        init(_ model: SimulatedModel, outlets: Int = 3, initialState: PowerState = .on) throws {
            let clock = TestTime()
            self.clock = clock
            pdu = SimulatedPDU(
                model: model,
                outlets: outlets,
                initialState: initialState,
                record: try DeviceRecord(),
                now: { clock.now.withLock { $0 } }
            )
        }

        func pass(_ duration: Duration) { clock.now.withLock { $0 += duration } }
    }

    private final class TestTime: Sendable {
        let now = Mutex(Duration.seconds(1_000))
    }

    private func model(_ objects: [SimulatedObject], rows: [[UInt32]]? = nil) -> SimulatedModel {
        SimulatedModel(
            name: "test",
            systemDescription: "test",
            systemObjectID: .none,
            objects: objects,
            rows: rows,
            cycleOffTime: .seconds(5),
            delay: .seconds(3)
        )
    }

    @Test("may number its objects from zero, from two, or as it likes")
    func numbering() throws {
        let state = SimulatedObject.Content.state(.init(on: 1, off: 2))
        let device = try Device(
            model(
                [
                    SimulatedObject("1.3.6.1.1.{outlet-1}", .integer, state),
                    SimulatedObject("1.3.6.1.2.{outlet+1}.0", .integer, state),
                    SimulatedObject("1.3.6.1.3.{row}.9", .integer, .outletNumber),
                ],
                rows: [[1, 1, 7], [1, 2, 7], [2, 1, 7]]
            )
        )
        var walked: [String] = []
        var place: SimulatedOID = "1"
        while let (oid, _) = device.pdu.next(after: place) {
            walked.append(oid.description)
            place = oid
        }
        #expect(
            walked == [
                "1.3.6.1.1.0", "1.3.6.1.1.1", "1.3.6.1.1.2", "1.3.6.1.2.2.0", "1.3.6.1.2.3.0", "1.3.6.1.2.4.0",
                "1.3.6.1.3.1.1.7.9", "1.3.6.1.3.1.2.7.9", "1.3.6.1.3.2.1.7.9",
            ]
        )
        #expect(device.pdu.value(of: "1.3.6.1.3.2.1.7.9") == .integer(3))
    }

    @Test("may have an object for each order that takes a delay")
    func delays() throws {
        let device = try Device(
            model([
                SimulatedObject("1.3.1.{outlet}", .integer, .delay(.on)),
                SimulatedObject("1.3.2.{outlet}", .integer, .delay(.off)),
                SimulatedObject("1.3.3.{outlet}", .integer, .delay(.cycle)),
                SimulatedObject("1.3.4.{outlet}", .integer, .state(.init(on: 1, off: 0, pending: 3))),
            ])
        )
        #expect(device.pdu.value(of: "1.3.2.1") == .integer(-1))
        #expect(device.pdu.write(.integer(10), to: "1.3.2.1") == .done)
        #expect(device.pdu.value(of: "1.3.4.1") == .integer(3))
        device.pass(.seconds(10))
        #expect(device.pdu.value(of: "1.3.4.1") == .integer(0))
        #expect(device.pdu.write(.integer(0), to: "1.3.1.1") == .done)
        #expect(device.pdu.value(of: "1.3.4.1") == .integer(1))
        #expect(device.pdu.write(.integer(60), to: "1.3.2.1") == .done)
        #expect(device.pdu.write(.integer(-1), to: "1.3.2.1") == .done)
        device.pass(.seconds(100))
        #expect(device.pdu.states == [.on, .on, .on])
        #expect(device.pdu.write(.integer(-2), to: "1.3.2.1") == .wrongValue)
        #expect(device.pdu.write(.gauge(0), to: "1.3.2.1") == .wrongType)
    }

    @Test("of an APC knows its own delays, cycles and how to forget them")
    func apc() throws {
        let device = try Device(.apcRPDU)
        let control: SimulatedOID = "1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.2"
        let state: SimulatedOID = "1.3.6.1.4.1.318.1.1.12.3.5.1.1.4.2"
        #expect(device.pdu.write(.integer(2), to: control) == .done)
        #expect(device.pdu.states == [.on, .off, .on])
        device.pass(.milliseconds(1_499))
        #expect(device.pdu.value(of: state) == .integer(1))
        device.pass(.milliseconds(1_001))
        #expect(device.pdu.value(of: state) == .integer(2))
        #expect(device.pdu.write(.integer(4), to: control) == .done)
        #expect(device.pdu.states[1] == .off)
        device.pass(.seconds(5))
        #expect(device.pdu.states[1] == .on)
        #expect(device.pdu.write(.integer(6), to: control) == .done)
        #expect(device.pdu.write(.integer(7), to: control) == .done)
        device.pass(.seconds(6))
        #expect(device.pdu.states[1] == .on)
        #expect(device.pdu.write(.integer(3), to: control) == .done)
        #expect(device.pdu.states[1] == .off)
        device.pass(.seconds(5))
        #expect(device.pdu.states[1] == .on)
        #expect(device.pdu.write(.integer(8), to: control) == .wrongValue)
        #expect(device.pdu.record.entries.map(\.outcome) == ["done", "done", "done", "done", "done", "wrong-value"])
    }

    @Test("measures what the outlets take, and counts energy")
    func measures() throws {
        let device = try Device(.raritanPX2, outlets: 2)
        let values = "1.3.6.1.4.1.13742.6.5.4.3.1.4.1"
        func read(_ oid: String) -> Int64? { SimulatedOID(oid).flatMap { device.pdu.value(of: $0)?.number } }
        #expect(read("\(values).1.1") == 500 && read("\(values).2.1") == 600)
        #expect(read("\(values).1.5") == 109 && read("\(values).1.7") == 95 && read("\(values).1.8") == 0)
        #expect(read("1.3.6.1.4.1.13742.6.5.2.3.1.4.1.1.1") == 1_100)
        device.pass(.seconds(36_000))
        #expect(read("\(values).1.8") == 1_093)
        device.pdu.press(1)
        #expect(read("\(values).1.1") == 0)
        device.pass(.seconds(36_000))
        #expect(read("\(values).1.8") == 1_093)
    }

    @Test("that is refusing changes nothing")
    func refuses() throws {
        let device = try Device(.raritanPX2)
        device.pdu.faults = Faults(isRefusing: true)
        #expect(device.pdu.write(.integer(0), to: "1.3.6.1.4.1.13742.6.4.1.2.1.2.1.1") == .refused)
        #expect(device.pdu.states == [.on, .on, .on])
    }

    @Test("comes with the simulator under its own name", arguments: SimulatedModel.builtIn)
    func named(model: SimulatedModel) {
        #expect(SimulatedModel.named(model.name) == model)
    }
}
