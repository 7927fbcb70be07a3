import Testing

@testable import SNMPDriver

@Suite("A poll of 42 outlets with every reading")
struct RoundTripTests {
    @Test("takes fifteen requests at most, one after the other", arguments: ModelLibrary.ids)
    func requests(id: String) throws {
        let model = try builtIn(id)
        #expect(PollCost(model).requests <= 15)
        // More at once is for models of which it was seen on hardware that they stand it.
        #expect(model.limits.concurrent == 1 || model.maturity == .hardware)
    }

    @Test("gets answers that fit into one packet of an Ethernet, in version 3 too", arguments: ModelLibrary.ids)
    func size(id: String) throws {
        // 1,472 octets of UDP, less what surrounds the bindings in a message with authentication and privacy.
        #expect(PollCost(try builtIn(id)).largestAnswer <= 1472 - 160)
    }
}
