import Agent
import Power
import Testing

@Suite("The page about topics")
struct ContractTests {
    private let page: String

    init() throws {
        page = try Repository.text("docs/topics.md")
    }

    @Test("explains every status", arguments: Outcome.Status.allCases.map(\.rawValue))
    func statuses(_ status: String) {
        #expect(page.contains("\n| `\(status)` |"))
    }

    @Test("explains every code", arguments: Outcome.Code.allCases.map(\.rawValue))
    func codes(_ code: String) {
        #expect(page.contains("\n| `\(code)` |"))
    }

    @Test("names every measurement", arguments: Quantity.allCases.map(\.rawValue))
    func quantities(_ quantity: String) {
        #expect(page.contains("\n| `\(quantity)` |"))
    }

    @Test("explains every key of a command")
    func keys() throws {
        // The complaint about an unknown key names those that are known.
        let complaint = try #require(throws: BadPayload.self) {
            try CommandPayload.read(Array(#"{"strange":1}"#.utf8))
        }
        let known = complaint.description.matches(of: /'([a-z_]+)'/).map { String($0.output.1) }
            .filter { $0 != "strange" }
        #expect(known.count > 5)
        for key in known { #expect(page.contains("`\(key)`"), "\(key)") }
    }

    @Test("lists every topic")
    func topics() throws {
        let topics = TopicMap(base: "lab")
        let outlet = OutletID(
            pdu: try #require(PDUName("PDU")),
            outlet: try #require(OutletNumber(7))
        )
        let published = [
            topics.state(outlet), topics.telemetry(outlet), topics.result(pdu: "PDU", .number(outlet.outlet)),
            topics.result(pdu: "PDU", .all), topics.availability(outlet.pdu), topics.telemetry(outlet.pdu),
            topics.info(outlet.pdu), topics.result(group: "GROUP"), topics.state(load: "LOAD"),
            topics.availability(load: "LOAD"), topics.result(load: "LOAD"), topics.availability(agent: "AGENT"),
            topics.info(agent: "AGENT"),
        ]
        for topic in published {
            let shown = topic.replacing("PDU", with: "<pdu>").replacing("/7/", with: "/<outlet>/")
                .replacing("GROUP", with: "<group>").replacing("LOAD", with: "<load>").replacing(
                    "AGENT",
                    with: "<agent>"
                )
            #expect(page.contains("\n| `\(shown)` |"), "\(shown)")
        }
    }
}
