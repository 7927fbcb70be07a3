import GenericDriver
import Power
import Testing

@Suite struct TextTests {
    @Test(
        "a state is read only from words of one state",
        arguments: [
            ("on", PowerState.on), ("ON\n", .on), ("outlet 3 is on", .on), ("Status: Off.", .off), ("", nil),
            ("one", nil), ("on/off", nil), ("unknown", nil), ("\u{FFFD}", nil),
            ("switched on at 10:00 by off-task", .on),
        ] as [(String, PowerState?)]
    )
    func words(_ text: String, _ state: PowerState?) throws {
        let words = try #require(StateWords(on: ["on"], off: ["OFF"]))
        #expect(words.reading(ofText: text).state == state)
    }

    @Test("words of both states, empty ones and none are refused")
    func badWords() {
        #expect(StateWords(on: ["on"], off: ["ON"]) == nil)
        #expect(StateWords(on: [], off: ["off"]) == nil)
        #expect(StateWords(on: [" "], off: ["off"]) == nil)
    }

    @Test("an outlet stands in a text as its number or as one less, and other braces stay")
    func template() throws {
        let outlet = try #require(OutletNumber(12))
        #expect(OutletTemplate("{outlet}/{index}/{x}/{\"on\":true}").filled(outlet) == "12/11/{x}/{\"on\":true}")
    }
}
