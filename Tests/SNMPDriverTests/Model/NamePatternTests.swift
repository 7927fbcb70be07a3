import Testing

@testable import SNMPDriver

@Suite("A pattern of names")
struct NamePatternTests {
    @Test(
        "finds what it should and nothing else",
        arguments: [
            ("Rittal PDU*", "Rittal PDU V3", NamePattern.Match.plain),
            ("*rittal pdu*", "a RITTAL PDU b", .plain),
            ("Sockets.Socket (outlet).General.Relay", "Sockets.Socket 03.General.Relay", .number(3)),
            ("PSM_P*.Plug(outlet).Relay", "PSM_P1_2.Plug12.Relay", .number(12)),
            ("Socket (outlet)", "Socket ", nil),
            ("Socket (outlet)", "Socket 1b", nil),
            ("Socket (outlet)", "Socket 1234567", nil),
            ("Relay", "Relay 1", nil),
            ("", "", .plain),
            ("*", "", .plain),
        ] as [(String, String, NamePattern.Match?)]
    )
    func match(pattern: String, text: String, expected: NamePattern.Match?) {
        #expect(NamePattern(pattern).match(text) == expected)
    }

    @Test("is not tried on a name that no device has")
    func endless() {
        #expect(NamePattern("*a*a*a*").match(String(repeating: "a", count: 5000)) == nil)
    }
}
