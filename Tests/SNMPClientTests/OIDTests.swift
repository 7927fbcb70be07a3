import SNMPClient
import Testing

@Suite("Object identifiers")
struct OIDTests {
    @Test(
        "dotted decimal text is understood, with or without a leading dot",
        arguments: ["1.3.6.1.2.1.1.1.0", ".1.3.6.1.2.1.1.1.0"]
    )
    func text(_ text: String) {
        #expect(OID(text) == [1, 3, 6, 1, 2, 1, 1, 1, 0])
        #expect(OID(text)?.description == "1.3.6.1.2.1.1.1.0")
    }

    @Test(
        "anything else is not",
        arguments: [
            "", ".", "1", ".1", "1.", "1..3", "..1.3", "1.3.", "1.3.x", "1.3.-1", "1.3.+1", " 1.3", "1.3.4294967296",
            "1.3.99999999999999999999", "sysDescr.0", "1.3.６",
        ]
    )
    func badText(_ text: String) {
        #expect(OID(text) == nil)
    }

    @Test("there are at most 128 arcs")
    func length() {
        let longest = Array(repeating: "1", count: 128).joined(separator: ".")
        #expect(OID(longest)?.arcs.count == 128)
        #expect(OID(longest + ".1") == nil)
        #expect(OID("1.3.4294967295")?.arcs.last == .max)
    }

    @Test("the order is that of a walk")
    func order() {
        let sorted: [OID] = [[1, 3], [1, 3, 0], [1, 3, 6], [1, 3, 6, 1], [1, 3, 10], [1, 4]]
        #expect(sorted.shuffled().sorted() == sorted)
    }

    @Test("an identifier is a prefix of itself and of what lies below it")
    func prefix() {
        let root: OID = [1, 3, 6]
        #expect(root.isPrefix(of: root))
        #expect(root.isPrefix(of: root.appending(7, 8)))
        #expect(root.appending([1]).starts(with: root))
        #expect(!root.isPrefix(of: [1, 3, 7]))
        #expect(!root.isPrefix(of: [1, 3]))
    }

    @Test(
        "what cannot go on the wire is known",
        arguments: zip(
            [[1, 3], [2, 100], [0, 39], [1], [], [3, 1], [1, 40]] as [OID],
            [
                true, true, true, false, false, false, false,
            ]
        )
    )
    func encodable(_ oid: OID, _ expected: Bool) {
        #expect(oid.isEncodable == expected)
    }
}
