import SNMPClient
import Testing

@testable import SNMPDriver

@Suite("An object identifier with index parts")
struct OIDTemplateTests {
    @Test(
        "names the object of an outlet",
        arguments: [
            ("1.3.(outlet)", 1, "1.3.1"),
            ("1.3.(pdu).(outlet).7", 3, "1.3.2.3.7"),
            ("1.3.(outlet-1)", 1, "1.3.0"),
            ("1.3.(outlet+1).0", 36, "1.3.37.0"),
            ("1.3.(outlet<=8 ? outlet+1 : outlet+2).0", 8, "1.3.9.0"),
            ("1.3.(outlet<=8 ? outlet+1 : outlet+2).0", 9, "1.3.11.0"),
            ("1.3.(outlet<=8?outlet+1:outlet+2)", 1, "1.3.2"),
            ("1.3.(outlet).(mac)", 2, "1.3.2.3.65.66.67"),
        ]
    )
    func names(template: String, outlet: UInt32, expected: String) throws {
        let bindings = IndexBindings(["outlet": [outlet], "pdu": [2], "mac": [3, 65, 66, 67]])
        #expect(try OIDTemplate(template).oid(bindings) == OID(expected))
    }

    @Test("names nothing where a part is not known, or an arc would be out of range")
    func unknown() throws {
        #expect(try OIDTemplate("1.3.(pdu)").oid(IndexBindings()) == nil)
        #expect(try OIDTemplate("1.3.(outlet-1)").oid(IndexBindings(["outlet": [0]])) == nil)
        #expect(try OIDTemplate("1.3.(outlet+1)").oid(IndexBindings(["outlet": [.max]])) == nil)
        #expect(try OIDTemplate("1.3.(mac+1)").oid(IndexBindings(["mac": [1, 65]])) == nil)
        #expect(try OIDTemplate("1.3.(mac<=1 ? mac : mac+1)").oid(IndexBindings(["mac": [1, 65]])) == nil)
    }

    @Test("is written as it was read", arguments: ["1.3.(outlet<=8 ? outlet+1 : outlet+2).0", "1.3.(pdu).(outlet-1)"])
    func description(text: String) throws {
        #expect(try OIDTemplate(text).description == text)
    }

    @Test(
        "that makes no sense is none",
        arguments: [
            "", "1", ".1.3", "1..3", "1.3.", "1.3.4294967296", "1.3.-1", "1.3.()", "1.3.(Outlet)", "1.3.(outlet",
            "1.3.)",
            "1.3.((outlet))", "1.3.(outlet-)", "1.3.(outlet-99999999999999999999)", "1.3.(outlet<8 ? 1 : 2)",
            "1.3.(outlet<=8 ? outlet)", "sysDescr.0",
        ]
    )
    func malformed(text: String) {
        #expect(throws: OIDTemplate.Malformed.self) { try OIDTemplate(text) }
    }
}
