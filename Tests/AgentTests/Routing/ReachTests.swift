import Power
import Testing

@testable import Agent

@Suite("What users may see and switch")
struct ReachTests {
    private static let groups: [String: GroupRules] = [
        "pair": GroupRules(outlets: [outlet("rack1", 1), outlet("rack2", 1)]),
        "mixed": GroupRules(members: [.outlet(outlet("rack1", 2)), .load("server")]),
    ]
    private static let loads: [String: LoadRules] = [
        "server": LoadRules(feeds: [outlet("rack1", 3), outlet("rack2", 3)], requires: ["switch"]),
        "switch": LoadRules(feeds: [outlet("rack1", 4)]),
    ]

    private static func outlet(_ pdu: String, _ number: Int) -> OutletID {
        OutletID("\(pdu)/\(number)") ?? { fatalError("a valid outlet") }()
    }

    private func reach(_ role: UserRole, _ scope: String..., mayForce: Bool = false) throws -> Reach {
        let parts = try scope.map { try #require(Scope.Part($0)) }
        return Reach(
            Rights(role: role, scope: Scope(parts), mayForce: mayForce),
            groups: Self.groups,
            loads: Self.loads
        )
    }

    @Test(
        "a scope is written as outlets, PDUs, loads and groups, with * for any characters",
        arguments: [
            ("*", "*"), ("rack1", "rack1/*"), ("rack1/*", "rack1/*"), ("rack*/3", "rack*/3"),
            ("load:server*", "load:server*"),
            ("group:rack-a", "group:rack-a"),
        ]
    )
    func written(text: String, shown: String) {
        #expect(Scope.Part(text)?.description == shown)
    }

    @Test(
        "what is no scope is refused",
        arguments: [
            "", "/", "rack1/", "rack1/0", "rack1/01", "rack1/1/2", "load:", "group:a b", "rack 1", "räck", "rack1/+",
            "#",
        ]
    )
    func refused(text: String) {
        #expect(Scope.Part(text) == nil)
    }

    @Test(
        "in a name, * stands for any characters",
        arguments: [
            ("*", "rack1", true), ("rack*", "rack", true), ("rack*", "rack1", true), ("*1", "rack1", true),
            ("r*k*", "rack1", true), ("rack", "rack1", false), ("*2", "rack1", false), ("r*c*c*", "rack1", false),
            ("**a*1", "rack1", true),
        ]
    )
    func names(pattern: String, name: String, isMeant: Bool) {
        #expect(Scope.matches(pattern, name) == isMeant)
    }

    @Test("a role may what the ones before it may, and admin reaches everything")
    func roles() throws {
        for (role, sees, switches) in [
            (UserRole.metrics, false, false), (.view, true, false), (.operate, true, true), (.admin, true, true),
        ] {
            let reach = try reach(role, "rack1/*")
            #expect(reach.sees(Self.outlet("rack1", 1)) == sees)
            #expect(reach.maySwitch(.outlet(pdu: "rack1", .number(ScheduleBench.number(1)))) == switches)
            #expect(reach.sees(Self.outlet("rack2", 1)) == (role == .admin))
        }
    }

    @Test("who may switch a group or a load sees what it is made of, and does not switch that one by one")
    func parts() throws {
        let group = try reach(.operate, "group:pair")
        #expect(group.maySwitch(.group("pair")))
        #expect(group.sees(Self.outlet("rack2", 1)))
        #expect(group.sees(pdu: "rack2"))
        #expect(!group.sees(wholePDU: "rack2"))
        #expect(!group.maySwitch(.outlet(pdu: "rack2", .number(ScheduleBench.number(1)))))
        #expect(!group.sees(Self.outlet("rack2", 2)))
        let mixed = try reach(.operate, "group:mixed")
        #expect(mixed.sees(load: "server"))
        #expect(mixed.sees(Self.outlet("rack2", 3)))
        #expect(!mixed.maySwitch(.load("server")))
        #expect(!mixed.sees(load: "switch"))
    }

    @Test("who may switch everything that a group or a load is made of may switch it as one")
    func wholes() throws {
        let both = try reach(.operate, "rack*/1", "rack*/3", "rack1/2")
        #expect(both.maySwitch(.group("pair")))
        #expect(both.maySwitch(.load("server")))
        #expect(both.maySwitch(.group("mixed")))
        let one = try reach(.operate, "rack1/*")
        #expect(!one.maySwitch(.group("pair")))
        #expect(!one.maySwitch(.load("server")))
        #expect(one.maySwitch(.load("switch")))
    }

    @Test("all outlets of a PDU take a scope that names the PDU as a whole")
    func all() throws {
        #expect(try reach(.operate, "rack1").maySwitch(.outlet(pdu: "rack1", .all)))
        #expect(try !reach(.operate, "rack1/1", "rack1/2").maySwitch(.outlet(pdu: "rack1", .all)))
    }

    @Test("force is a right of its own, and a load takes others with it only where those may be switched too")
    func force() throws {
        let target = CommandTarget.outlet(pdu: "rack1", .number(ScheduleBench.number(1)))
        let command = Command(.off, force: true)
        #expect(try reach(.operate, "rack1").refusal(of: command, for: target, by: "a")?.code == .unauthorized)
        #expect(try reach(.operate, "rack1", mayForce: true).refusal(of: command, for: target, by: "a") == nil)
        #expect(try reach(.admin, "*").refusal(of: command, for: target, by: "a") == nil)
        let alone = Command(.off, withDependents: true)
        #expect(
            try reach(.operate, "load:switch").refusal(of: alone, for: .load("switch"), by: "a")?.code == .unauthorized
        )
        #expect(try reach(.operate, "load:*").refusal(of: alone, for: .load("switch"), by: "a") == nil)
    }

    @Test("of a PDU's reading, only the outlets of the scope are heard, and the whole only by who sees the whole")
    func reading() throws {
        let pdu = try #require(PDUName("rack1"))
        let (one, two) = (ScheduleBench.number(1), ScheduleBench.number(2))
        let reading = DeviceReading(
            outletMeasurements: [one: [.power: 1], two: [.power: 2]],
            measurements: [.power: 3]
        )
        guard case .reading(_, let heard)? = try reach(.view, "rack1/1").heard(.reading(pdu, reading)) else {
            Issue.record("nothing is heard")
            return
        }
        #expect(heard.outletMeasurements == [one: [.power: 1]])
        #expect(heard.measurements.isEmpty)
        #expect(try reach(.view, "rack2").heard(.reading(pdu, reading)) == nil)
        guard case .reading(_, let whole)? = try reach(.view, "rack1").heard(.reading(pdu, reading)) else {
            Issue.record("nothing is heard")
            return
        }
        #expect(whole == reading)
    }
}
