import Power
import Testing

@Suite("Names of PDUs and numbers of outlets")
struct NamesTests {
    @Test(
        "a PDU's name is 1 to 64 of the allowed characters",
        arguments: ["a", "rack-1", "A_b-9", String(repeating: "x", count: 64)]
    )
    func goodNames(name: String) {
        #expect(PDUName(name)?.rawValue == name)
    }

    @Test(
        "other names are refused",
        arguments: ["", "a b", "a/b", "ä", "a+", "#", "a.b", String(repeating: "x", count: 65)]
    )
    func badNames(name: String) {
        #expect(PDUName(name) == nil)
    }

    @Test("a host's name is made fit for an agent's id")
    func fitting() {
        #expect(Identifier.fitting("host.example.org") == "host-example-org")
        #expect(Identifier.fitting("") == nil)
        #expect(Identifier.fitting(String(repeating: "y", count: 99))?.count == 64)
    }

    @Test("an outlet's number is written in digits without sign or leading zeros")
    func numbers() {
        #expect(OutletNumber(topicLevel: "1")?.rawValue == 1)
        #expect(OutletNumber(topicLevel: "48")?.rawValue == 48)
        for bad in ["", "0", "01", "+1", "-1", "1 ", "1.0", "x", "99999", "٣", "10000"] {
            #expect(OutletNumber(topicLevel: bad) == nil, "\(bad)")
        }
    }

    @Test("an outlet is named by its PDU and its number")
    func outlets() {
        #expect(OutletID("bench/1")?.description == "bench/1")
        for bad in ["bench", "bench/0", "bench/1/2", "/1", "bench/", "be nch/1"] {
            #expect(OutletID(bad) == nil, "\(bad)")
        }
    }

    @Test("words of the command language are read in any case")
    func words() {
        for (word, action) in [
            ("on", Action.on), ("1", .on), ("True", .on), ("OFF", .off), ("0", .off), ("false", .off),
            ("toggle", .toggle), ("Cycle", .cycle), ("reboot", .cycle), ("RESET", .cycle),
        ] {
            #expect(Action(word: word) == action)
        }
        for bad in ["", "o", "onn", "on ", "yes", "2", "cycled"] { #expect(Action(word: bad) == nil) }
    }
}
