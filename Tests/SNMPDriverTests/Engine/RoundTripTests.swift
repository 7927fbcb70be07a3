import Testing

@testable import SNMPDriver

@Suite("A poll of 42 outlets with every reading")
struct RoundTripTests {
    /// The devices that stand no more than one small request at a time.
    private static let slow = ["baytech"]

    @Test("takes three rounds of requests at most", arguments: ModelLibrary.ids)
    func rounds(id: String) throws {
        let cost = PollCost(try builtIn(id))
        if Self.slow.contains(id) {
            #expect(cost.rounds > 3, "it is no exception any more")
        } else {
            #expect(cost.rounds <= 3, "\(cost)")
        }
    }

    @Test("gets answers that fit into one packet of an Ethernet, in version 3 too", arguments: ModelLibrary.ids)
    func size(id: String) throws {
        // 1,472 octets of UDP, less what surrounds the bindings in a message with authentication and privacy.
        #expect(PollCost(try builtIn(id)).largestAnswer <= 1472 - 160)
    }
}
