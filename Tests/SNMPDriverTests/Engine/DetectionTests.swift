import SNMPClient
import Testing

@testable import SNMPDriver

@Suite("Detection", .timeLimit(.minutes(10)))
struct DetectionTests {
    private func detect(
        _ sysObjectID: String?,
        _ sysDescr: String = "",
        _ objects: [String: SNMPValue] = [:],
        version1: Bool = false
    ) async throws -> ModelDetection {
        var table: [OID: SNMPValue] = [oid("1.3.6.1.2.1.1.1.0"): .octets(Array(sysDescr.utf8))]
        if let sysObjectID { table[oid("1.3.6.1.2.1.1.2.0")] = .objectIdentifier(oid(sysObjectID)) }
        for (name, value) in objects { table[oid(name)] = value }
        return try await ModelDetector(models: ModelLibrary.all, access: TableDevice(table, version1: version1))
            .detect()
    }

    @Test(
        "tells a model by the sysObjectID where that is enough",
        arguments: [
            ("1.3.6.1.4.1.13742.6", "raritan-px2"), ("1.3.6.1.4.1.13742.4", "raritan-px1"),
            ("1.3.6.1.4.1.318.1.3.4.3", "apc-masterswitch-vm"), ("1.3.6.1.4.1.318.1.3.4.4", "apc-masterswitch-plus"),
            ("1.3.6.1.4.1.318.1.3.4.5", "apc-rpdu"), ("1.3.6.1.4.1.318.1.3.4.6", "apc-rpdu2"),
            ("1.3.6.1.4.1.318.1.3.4.8", "apc-rpdu"), ("1.3.6.1.4.1.674.10903.200.3.1", "dell-rpdu"),
            ("1.3.6.1.4.1.534.6.6.6", "eaton-managed-epdu"), ("1.3.6.1.4.1.534.6.6.7", "eaton-epdu-g3"),
            ("1.3.6.1.4.1.534.7.1", "eaton-nlogic"), ("1.3.6.1.4.1.1718.3", "servertech-sentry3"),
            ("1.3.6.1.4.1.1718.4", "servertech-sentry4"), ("1.3.6.1.4.1.3808.1.1.3", "cyberpower-epdu"),
            ("1.3.6.1.4.1.3808.1.1.6", "cyberpower-epdu2"), ("1.3.6.1.4.1.28507.1", "gude-epc8x"),
            ("1.3.6.1.4.1.28507.5", "gude-epc24x"), ("1.3.6.1.4.1.28507.6", "gude-epc2x6"),
            ("1.3.6.1.4.1.28507.43", "gude"), ("1.3.6.1.4.1.21239.42.1.53", "vertiv-geist-v5"),
            ("1.3.6.1.4.1.38446.1.5", "enlogic"), ("1.3.6.1.4.1.232.165.7", "hpe-pdu2"),
            ("1.3.6.1.4.1.232.165.11", "hpe-pdu3"), ("1.3.6.1.4.1.31034.11.3", "schleifenbauer"),
            ("1.3.6.1.4.1.28402.11.1", "conteg"), ("1.3.6.1.4.1.2606.4", "rittal-cmc-tc"),
            ("1.3.6.1.4.1.2468.1.4.2.1", "ipoman"), ("1.3.6.1.4.1.39145.10", "ict-pdu"),
            ("1.3.6.1.4.1.55108.1.0", "riedo-updu"),
        ]
    )
    func plain(sysObjectID: String, id: String) async throws {
        #expect(try await detect(sysObjectID).model?.id == id)
    }

    @Test(
        "does not take what only shares a sysObjectID for a PDU",
        arguments: [
            "1.3.6.1.4.1.318", "1.3.6.1.4.1.318.1.3.2.7", "1.3.6.1.4.1.21317", "1.3.6.1.4.1.21317.2",
            "1.3.6.1.4.1.476.1.42", "1.3.6.1.4.1.850.1.1.1", "1.3.6.1.4.1.850.1", "1.3.6.1.4.1.850.1.5",
            "1.3.6.1.4.1.21239.2", "1.3.6.1.4.1.8072.3.2.10", "1.3.6.1.4.1.28507.4", "1.3.6.1.4.1.28507.66",
            "1.3.6.1.4.1.28507.23", "1.3.6.1.4.1.3808.1.1.1", "1.3.6.1.4.1.13742.3", "1.3.6.1.4.1.13742.8",
            "1.3.6.1.4.1.10456", "1.3.6.1.4.1.25728", "1.3.6.1.4.1.2606.7", "1.3.6.1.4.1.0", "0.0",
        ]
    )
    func shared(sysObjectID: String) async throws {
        for version1 in [false, true] {
            let detection = try await detect(sysObjectID, "Something", version1: version1)
            #expect(detection.model == nil, "\(detection)")
        }
    }

    @Test(
        "probes an object where a sysObjectID is shared",
        arguments: [
            ("1.3.6.1.4.1.318", "", "1.3.6.1.4.1.318.1.1.4.4.1.0", "apc-masterswitch"),
            ("1.3.6.1.4.1.20677.1", "", "1.3.6.1.4.1.20677.2.6.3.1.0", "eaton-switched-epdu-pulizzi"),
            ("1.3.6.1.4.1.20677.1", "", "1.3.6.1.4.1.20677.1.5.3.1.0", "eaton-pulizzi-ipc3600"),
            ("1.3.6.1.4.1.21317", "", "1.3.6.1.4.1.21317.1.3.2.2.2.2.2.0", "aten-pe"),
            ("1.3.6.1.4.1.21317", "", "1.3.6.1.4.1.21317.1.3.2.3.2.3.3.1.1.1.1", "aten-pe2"),
            ("1.3.6.1.4.1.850.1", "", "1.3.6.1.4.1.850.10.2.3.5.1.2.1.1", "tripplite-padm12"),
            ("0.10.43.6.1.4.1", "", "1.3.6.1.4.1.30932.1.10.1.4.1.0", "chatsworth-econnect"),
            ("1.3.6.1.4.1.8072.3.2.10", "", "1.3.6.1.4.1.2634.3.100.200.1.3.1", "wti-power"),
            ("1.3.6.1.4.1.8072.3.2.10", "Linux iBootPDU", "1.3.6.1.4.1.1418.6.1.6.0", "dataprobe-iboot-pdu"),
            ("0.0", "", "1.3.6.1.2.1.229.1.2.1.9.1", "energy-object-rfc7460"),
            ("1.3.6.1.4.1.9.1.1", "a switch", "1.3.6.1.2.1.105.1.1.1.3.1.1", "poe-rfc3621"),
        ]
    )
    func probed(sysObjectID: String, sysDescr: String, object: String, id: String) async throws {
        for version1 in [false, true] {
            let detection = try await detect(sysObjectID, sysDescr, [object: .integer(1)], version1: version1)
            #expect(detection.model?.id == id, "\(detection)")
        }
    }

    @Test("says what was tried when nothing fits")
    func tried() async throws {
        let detection = try await detect("1.3.6.1.4.1.21317", "Supermicro")
        #expect(
            detection.description == """
                its model could not be told (sysObjectID 1.3.6.1.4.1.21317, sysDescr "Supermicro"): tried aten-pe2, \
                aten-pe, energy-object-rfc7460, poe-rfc3621
                """
        )
        #expect(try await detect(nil, "").description.contains("(sysObjectID none, sysDescr \"\")"))
    }

    @Test(
        "never takes a model that has to be named",
        arguments: ["generic-ifadminstatus", "teltronix", "intel-modular"]
    )
    func named(id: String) throws {
        let model = try builtIn(id)
        #expect(ModelMatcher.candidates([model], sysObjectID: oid("1.3.6.1.4.1.23620"), sysDescr: "x").isEmpty)
    }
}
