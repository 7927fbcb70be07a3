import Power
import Testing

@testable import Agent
@testable import HomeAssistant

@Suite("Home Assistant's identifiers", .timeLimit(.minutes(10)))
struct DiscoveryNamesTests {
    private func names(_ base: String, _ pdu: String) throws -> DiscoveryNames {
        _ = try #require(PDUName(pdu))
        return DiscoveryNames(base: base, agent: "a")
    }

    @Test("an identifier stays what it is from version to version")
    func stable() throws {
        let pdu = try #require(PDUName("rack_1"))
        #expect(try names("lab", "rack_1").device(pdu) == "busbar_lab_rack__1")
        let deep = DiscoveryNames(base: "site/a", agent: "x_y")
        #expect(deep.device(pdu) == "busbar_site-a-b8373096_rack__1")
        #expect(deep.agentDevice.hasSuffix("_x__y"))
    }

    @Test("no two outlets, PDUs or base topics share an identifier, and all of it is in the alphabet")
    func unique() throws {
        var seen: Set<String> = []
        var count = 0
        for base in ["lab", "a/b", "a-b", "a_b", "ä", "lab/bench"] {
            for name in ["a", "a_1", "a_", "a__1", "_a", "a-1", "A", "agent", "agent_a"] {
                let pdu = try #require(PDUName(name))
                let names = DiscoveryNames(base: base, agent: "agent_a")
                let device = names.device(pdu)
                for key in ["1", "2", "12", "1_power", "power", "1_cycle", "connection"] {
                    let id = names.entity(key, of: device)
                    seen.insert(id)
                    count += 1
                    #expect(id.utf8.allSatisfy { $0 < 128 })
                    #expect(id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") })
                }
            }
        }
        #expect(seen.count == count)
    }
}
