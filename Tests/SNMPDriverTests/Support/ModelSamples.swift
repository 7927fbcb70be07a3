import Logging
import Power
import SNMPClient
import Testing

@testable import SNMPDriver

/// A small model file, with more keys where a test needs them.
func sampleModel(
    _ extra: String = "",
    outlets: String = "{ count: 1.3.6.1.4.1.9.1.0 }",
    control: String = "{ oid: 1.3.6.1.4.1.9.2.(outlet), on: 1, off: 2, cycle: 3 }",
    state: String = "{ oid: 1.3.6.1.4.1.9.3.(outlet), on: 1, off: 2 }"
) throws -> PDUModel {
    try PDUModel(
        yaml: """
            id: sample
            vendor: Sample
            models: none
            maturity: mib
            outlets: \(outlets)
            control: \(control)
            state: \(state)
            \(extra)
            """,
        file: "sample.yaml"
    )
}

/// A model that is built in.
func builtIn(_ id: String) throws -> PDUModel {
    try #require(try ModelLibrary.model(id), "there is no model \(id)")
}

/// A driver of a table.
func driver(
    _ model: PDUModel,
    _ device: TableDevice,
    outlets: Set<Int> = [],
    index: [String: IndexValue] = [:]
) -> SNMPDriver {
    let settings = SNMPDriverSettings(
        name: "rack1",
        target: SNMPTarget(host: "127.0.0.1", credentials: .v2c(community: "public")),
        model: .known(model),
        outlets: Set(outlets.compactMap { OutletNumber($0) }),
        index: index
    )
    return SNMPDriver(settings: settings, logger: quietLogger) { () async throws(SNMPError) in device }
}

let quietLogger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

extension SNMPDriver {
    func read(_ scope: ReadScope = .everything) async throws(DriverError) -> DeviceReading {
        try await withSession { session async throws(DriverError) in try await session.read(scope) }
    }

    func set(_ orders: [Int: PowerState]) async throws(DriverError) {
        var named: [OutletNumber: PowerState] = [:]
        for (number, state) in orders {
            if let outlet = OutletNumber(number) { named[outlet] = state }
        }
        let orders = named
        try await withSession { session async throws(DriverError) in try await session.set(orders) }
    }

    func cycle(_ number: Int) async throws(DriverError) {
        guard let outlet = OutletNumber(number) else { return }
        try await withSession { session async throws(DriverError) in try await session.cycle(outlet) }
    }

    func describe() async throws(DriverError) -> DeviceDescription {
        try await withSession { session async throws(DriverError) in try await session.describe() }
    }
}

extension DeviceReading {
    /// The readings by plain numbers.
    var states: [Int: OutletReading] {
        Dictionary(uniqueKeysWithValues: outlets.map { ($0.key.rawValue, $0.value) })
    }

    func measured(_ outlet: Int) -> MeasuredValues? {
        OutletNumber(outlet).flatMap { outletMeasurements[$0] }
    }
}

/// An object identifier that a test knows to be one.
func oid(_ text: String) -> OID { OID(text) ?? [] }
