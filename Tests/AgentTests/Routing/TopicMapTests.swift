import Power
import Testing

@testable import Agent

@Suite("Topics")
struct TopicMapTests {
    private let topics = TopicMap(base: "site/lab")

    @Test("what the agent listens to is taken apart as it came")
    func parse() {
        let one = OutletLevel.number(ScheduleBench.number(1))
        #expect(topics.parse("site/lab/pdu/a/outlet/1/set") == .outlet(pdu: "a", one))
        #expect(topics.parse("site/lab/pdu/a/outlet/all/set") == .outlet(pdu: "a", .all))
        #expect(topics.parse("site/lab/pdu/a/outlet/01/set") == .outlet(pdu: "a", .other("01")))
        #expect(topics.parse("site/lab/pdu//outlet//set") == .outlet(pdu: "", .other("")))
        #expect(topics.parse("site/lab/group/g/set") == .group("g"))
        #expect(topics.parse("site/lab/pdu/a/get") == .get(pdu: "a"))
        #expect(topics.parse("site/lab/user/a.b@c/pdu/a/outlet/1/set") == .user("a.b@c", .outlet(pdu: "a", one)))
        #expect(topics.parse("site/lab/user/anna/group/g/set") == .user("anna", .group("g")))
        #expect(topics.parse("site/lab/user/anna/load/l/set") == .user("anna", .load("l")))
        #expect(topics.parse("site/lab/user/anna/pdu/a/get") == .user("anna", .get(pdu: "a")))
        #expect(topics.own("site/lab/group/g/set", of: "anna") == "site/lab/user/anna/group/g/set")
        #expect(topics.parse("site/lab/agent/x/availability") == .agentAvailability("x"))
    }

    @Test(
        "anything else is none of the agent's",
        arguments: [
            "", "site", "site/lab", "site/labs/group/g/set", "site/lab/pdu/a/outlet/1/state", "site/lab/group/g/h/set",
            "other/site/lab/group/g/set",
            "site/lab/user/anna", "site/lab/user/anna/agent/x/availability", "site/lab/user/anna/user/bob/group/g/set",
            "site/lab/pdu/a/socket/1/set", "/site/lab/group/g/set",
        ]
    )
    func foreign(topic: String) {
        #expect(topics.parse(topic) == nil)
    }
}
