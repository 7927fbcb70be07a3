import Foundation
import Power
import Testing

@testable import Agent

@Suite("What an agent holds for PDUs that it is next in line for")
struct GapDeskTests {
    private let outlet = GapDesk.Target.outlet(.number(OutletNumber(1) ?? { fatalError("a valid number") }()))
    private let group = GapDesk.Target.group("g")

    private func delivery(_ id: String, _ action: String = "ON") -> Delivery {
        Delivery(topic: "t", payload: Array(#"{"action":"\#(action)","id":"\#(id)"}"#.utf8))
    }

    private func now(_ seconds: Int) -> Now {
        Now(moment: .start + .seconds(seconds), wallTime: Date(timeIntervalSince1970: Double(seconds)))
    }

    private func desk(_ ids: [String]) -> GapDesk {
        let desk = GapDesk()
        desk.adopt(["rack"])
        for (second, id) in ids.enumerated() {
            #expect(desk.hold(delivery(id), pdu: "rack", outlet, at: now(second)))
        }
        return desk
    }

    @Test(
        "is not carried out after a later command for the same target that another agent has carried out",
        arguments: [true, false]
    )
    func overtaken(wasBegun: Bool) {
        let desk = desk(["a", "b", "c"])
        #expect(desk.hold(delivery("g"), pdu: "rack", group, at: now(3)))
        #expect(desk.hold(delivery("d"), pdu: "rack", outlet, at: now(4)))
        desk.saw(outlet, of: "rack", id: "c", .on, wasBegun: wasBegun, at: now(5).moment)
        let held = desk.catchUp("rack", at: now(6).moment) ?? []
        #expect(held.map(\.id) == ["a", "b", "g", "d"])
        #expect(held.map(\.isOvertaken) == [wasBegun, wasBegun, false, false])
    }

    @Test("is all carried out before what comes when the agent owns the PDU already")
    func behind() {
        let desk = desk(["a", "b"])
        #expect(!desk.holdBehind(delivery("early"), pdu: "rack", outlet, at: now(2)))
        desk.beginCatchingUp("rack")
        #expect(desk.holdBehind(delivery("c"), pdu: "rack", outlet, at: now(2)))
        #expect(desk.catchUp("rack", at: now(3).moment)?.map(\.id) == ["a", "b", "c"])
        // What comes while those are given to the lane.
        #expect(desk.holdBehind(delivery("d"), pdu: "rack", outlet, at: now(3)))
        #expect(!desk.holdBehind(delivery("other"), pdu: "other", outlet, at: now(3)))
        // What is no command is nobody's to hold.
        #expect(!desk.holdBehind(Delivery(topic: "t", payload: []), pdu: "rack", outlet, at: now(3)))
        #expect(desk.catchUp("rack", at: now(3).moment)?.map(\.id) == ["d"])
        #expect(desk.catchUp("rack", at: now(3).moment) == nil)
        #expect(!desk.holdBehind(delivery("late"), pdu: "rack", outlet, at: now(4)))
    }
}
