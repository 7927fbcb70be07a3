internal import SNMPClient

/// Reads what a device has below its vendor's identifier, within bounds. It never writes.
struct ObjectSearch {
    /// How much is read at most.
    struct Limits: Sendable, Hashable {
        /// The most objects.
        var objects = 5000
        /// The most requests.
        var requests = 500
        /// The longest it may take; the request under way at that moment is waited for.
        var time: Duration = .seconds(15)
    }

    /// What was found, and why it is not all, where it is not.
    struct Result {
        var objects: [VarBind] = []
        var stopped: String?
    }

    /// Asks for the objects that follow one, up to as many as given.
    typealias Page = @Sendable (_ after: OID, _ count: Int) async throws(SNMPError) -> [VarBind]

    /// Where vendors' objects are (RFC 1155, `enterprises`).
    static let enterprises: OID = [1, 3, 6, 1, 4, 1]
    /// Vendors of agents, not of devices: net-snmp and its forerunner say nothing of outlets.
    private static let agents: [OID] = [enterprises.appending(2021), enterprises.appending(8072)]
    private static let pageSize = 25

    let limits: Limits
    let clock: any Clock<Duration>

    init(limits: Limits = Limits(), clock: any Clock<Duration> = ContinuousClock()) {
        self.limits = limits
        self.clock = clock
    }

    /// What is looked through: the vendor's own objects, or those of all vendors where the agent's maker speaks for the
    /// device's.
    static func root(sysObjectID: OID?) -> OID {
        guard let sysObjectID, sysObjectID.starts(with: enterprises), sysObjectID.arcs.count > enterprises.arcs.count
        else { return enterprises }
        let vendor = OID(sysObjectID.arcs.prefix(enterprises.arcs.count + 1))
        return agents.contains(vendor) || vendor.arcs.last == 0 ? enterprises : vendor
    }

    /// Reads what is below an identifier.
    func run(below root: OID, page: Page) async -> Result {
        var result = Result()
        let stopwatch = Stopwatch(clock)
        var position = root
        var size = Self.pageSize
        for _ in 0..<limits.requests {
            guard !Task.isCancelled else { return result }
            if stopwatch.elapsed >= limits.time {
                result.stopped = "stopped after \(limits.time)"
                return result
            }
            let objects: [VarBind]
            do throws(SNMPError) {
                objects = try await page(position, size)
            } catch {
                // This is how version 1 says that nothing follows.
                if error.code == .noSuchObject { return result }
                if error.code == .tooBig, size > 1 {
                    size /= 2
                    continue
                }
                result.stopped = error.message
                return result
            }
            guard !objects.isEmpty else { return result }
            for object in objects {
                guard object.value != .endOfMIBView, object.oid.starts(with: root) else { return result }
                guard position < object.oid else {
                    result.stopped = "stopped at \(object.oid), where the device's objects go in circles"
                    return result
                }
                position = object.oid
                if let agent = Self.agents.first(where: { object.oid.starts(with: $0) }) {
                    position = Self.end(of: agent)
                    break
                }
                guard object.value.isPresent else { continue }
                guard result.objects.count < limits.objects else {
                    result.stopped = "stopped after \(limits.objects) objects"
                    return result
                }
                result.objects.append(object)
            }
        }
        result.stopped = "stopped after \(limits.requests) requests"
        return result
    }

    /// The last identifier that can be below another, so that what follows is behind it.
    private static func end(of oid: OID) -> OID { oid.appending(.max) }
}

extension SNMPSession {
    /// The objects that follow one: with GETBULK, or GETNEXT in version 1.
    func page(after oid: OID, count: Int) async throws(SNMPError) -> [VarBind] {
        if case .v1 = target.credentials { return try await getNext([oid]) }
        return try await getBulk([oid], maxRepetitions: count)
    }
}
