internal import AsyncHTTPClient
internal import Power

/// The work with a device behind HTTP requests.
struct HTTPSession: PDUSession {
    let configuration: HTTPDriverConfiguration
    let client: HTTPClient

    nonisolated(nonsending) func read(_ scope: ReadScope) async throws(DriverError) -> DeviceReading {
        try await SeparateReadings.read(
            scope.outlets(of: configuration.outlets),
            question: { HTTPRequestText(configuration.state, outlet: $0) },
            ask: { request, outlet async throws(DriverError) in try await body(of: request, "read of outlet \(outlet)")
            },
            understand: { configuration.locator.reading($0, in: $1, configuration.words) }
        )
    }

    nonisolated(nonsending) func set(_ orders: [OutletNumber: PowerState]) async throws(DriverError) {
        for (outlet, state) in orders.sorted(by: { $0.key < $1.key }) {
            guard configuration.outlets.contains(outlet) else {
                throw DriverError(.unsupported, "\(configuration.name): outlet \(outlet) is not in the configuration")
            }
            let request = HTTPRequestText(state == .on ? configuration.on : configuration.off, outlet: outlet)
            _ = try await exchange(request, "switch of outlet \(outlet)")
        }
    }

    nonisolated(nonsending) func describe() async throws(DriverError) -> DeviceDescription {
        DeviceDescription(outlets: configuration.outlets.sorted())
    }

    private nonisolated(nonsending) func body(
        of request: HTTPRequestText,
        _ what: String
    ) async throws(DriverError) -> [UInt8] {
        var tries = configuration.retries
        while true {
            do throws(DriverError) {
                return try await exchange(request, what)
            } catch {
                guard error.code == .timeout || error.code == .interrupted, tries > 0 else { throw error }
                tries -= 1
            }
        }
    }

    private nonisolated(nonsending) func exchange(
        _ request: HTTPRequestText,
        _ what: String
    ) async throws(DriverError) -> [UInt8] {
        try await HTTPExchange(
            request: request,
            credentials: configuration.credentials,
            limit: configuration.limit,
            purpose: "\(configuration.name): \(what)"
        )
        .run(client)
    }
}
