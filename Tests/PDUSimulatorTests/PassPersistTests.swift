import PDUSimulator
import Power
import Synchronization
import Testing

@Suite("The pass_persist protocol")
struct PassPersistTests {
    /// Objects of every type, and a note of what was written.
    private final class Objects: PassPersistObjects {
        let values: [SimulatedOID: SimulatedValue]
        let written = Mutex<[SimulatedValue?]>([])
        let outcome: SimulatedPDU.WriteOutcome

        init(_ values: [SimulatedOID: SimulatedValue] = [:], outcome: SimulatedPDU.WriteOutcome = .done) {
            self.values = values
            self.outcome = outcome
        }

        func value(of oid: SimulatedOID) -> SimulatedValue? { values[oid] }

        func next(after oid: SimulatedOID) -> (oid: SimulatedOID, value: SimulatedValue)? {
            values.filter { $0.key > oid }.min { $0.key < $1.key }.map { ($0.key, $0.value) }
        }

        func write(_ value: SimulatedValue?, to oid: SimulatedOID) -> SimulatedPDU.WriteOutcome {
            written.withLock { $0.append(value) }
            return outcome
        }
    }

    private func talk(_ lines: [String], _ objects: Objects) -> String {
        var conversation = PassPersist()
        return lines.compactMap { conversation.receive($0, objects) }.joined()
    }

    @Test("answers a ping, and tells values of every type")
    func values() {
        let objects = Objects([
            "1.3.1": .integer(-5), "1.3.2": .gauge(.max), "1.3.3": .counter(7), "1.3.4": .counter64(.max),
            "1.3.5": .timeTicks(9), "1.3.6": .text("DUT \"A\""), "1.3.7": .octets([0, 255, 10]),
            "1.3.8": .objectID("1.3.6"), "1.3.9": .ipAddress(10, 0, 0, 255), "1.3.10": .octets([]),
        ])
        let expected = [
            "1.3.1": "integer\n-5", "1.3.2": "gauge\n4294967295", "1.3.3": "counter\n7",
            "1.3.4": "counter64\n18446744073709551615", "1.3.5": "timeticks\n9", "1.3.6": "string\nDUT \"A\"",
            "1.3.7": "octet\n00 ff 0a", "1.3.8": "objectid\n.1.3.6", "1.3.9": "ipaddress\n10.0.0.255",
            "1.3.10": "string\n",
        ]
        for (oid, text) in expected {
            #expect(talk(["PING", "get", ".\(oid)"], objects) == "PONG\n.\(oid)\n\(text)\n")
        }
        #expect(talk(["getnext", ".1.3.9"], objects) == ".1.3.10\nstring\n\n")
        #expect(talk(["getnext", ".1.3.10"], objects) == "NONE\n")
        #expect(talk(["get", ".1.3.11"], objects) == "NONE\n")
        #expect(talk(["get", ".1.3.x"], objects) == "NONE\n")
    }

    @Test(
        "understands what snmpd writes, and takes what it cannot understand for a wrong type",
        arguments: [
            ("integer -7", .integer(-7)), ("gauge -294967296", .gauge(4_000_000_000)), ("counter 5", .counter(5)),
            ("timeticks 5", .timeTicks(5)), ("counter64 18446744073709551615", .counter64(.max)),
            ("string \"a \"quoted\" \\ word\"", .text("a \"quoted\" \\ word")), ("string \"\"", .text("")),
            ("octet \"00 ff 0a\"", .octets([0, 255, 10])), ("objectid \".1.3.6\"", .objectID("1.3.6")),
            ("ipaddress 1.2.3.4", .ipAddress(1, 2, 3, 4)), ("integer 99999999999", nil), ("integer", nil),
            ("octet \"0g\"", nil), ("octet \"78 c3 b6 integer", nil), ("gauge -294967296integer", nil),
            ("ipaddress 1.2.3", nil), ("string x", nil), ("", nil), ("opaque 1", nil),
        ] as [(String, SimulatedValue?)]
    )
    func written(line: String, value: SimulatedValue?) {
        let objects = Objects()
        #expect(talk(["PING", "set", ".1.3.1", line, "", "PING"], objects) == "PONG\nDONE\nPONG\n")
        #expect(objects.written.withLock { $0 } == [value])
    }

    @Test(
        "names what is wrong in snmpd's words",
        arguments: [
            (.done, "DONE"), (.noSuchObject, "not-writable"), (.notWritable, "not-writable"),
            (.wrongType, "wrong-type"), (.wrongValue, "wrong-value"), (.refused, "gen-error"),
        ] as [(SimulatedPDU.WriteOutcome, String)]
    )
    func outcomes(outcome: SimulatedPDU.WriteOutcome, word: String) {
        #expect(talk(["set", ".1.3.1", "integer 1"], Objects(outcome: outcome)) == "\(word)\n")
    }
}
