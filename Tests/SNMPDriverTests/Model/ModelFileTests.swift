import Power
import Testing

@testable import SNMPDriver

@Suite("A model file", .timeLimit(.minutes(10)))
struct ModelFileTests {
    private static let base = """
        id: sample
        vendor: Sample
        models: none
        maturity: mib
        outlets: { count: 1.3.6.1.4.1.9.1.0 }
        control: { oid: 1.3.6.1.4.1.9.2.(outlet), on: 1, off: 2 }
        state: { oid: 1.3.6.1.4.1.9.3.(outlet), on: 1, off: 2 }

        """

    private func problems(_ yaml: String) -> [String] {
        do throws(ModelErrors) {
            _ = try PDUModel(yaml: yaml, file: "m.yaml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test("with the least that is needed is a model with the usual times")
    func least() throws {
        let model = try PDUModel(yaml: Self.base, file: "m.yaml")
        #expect(model.id == "sample")
        #expect(model.settleWindow == .seconds(2))
        #expect(!model.cyclesByItself)
        #expect(!model.switchesTogether)
    }

    @Test("is reported whole, with the line and key of every mistake, at once")
    func everythingAtOnce() {
        let yaml = """
            id: Sample
            vendor: Sample
            models: none
            maturity: tried
            colour: red
            outlets: { count: 1.3.6.1.4.1.9.1.0 }
            control:
              oid: 1.3.6.1.4.1.9.2.(outlet)
              on: yes
              cycle: 3
            state: { oid: 1.3.6.x.(outlet), on: 1, off: 1 }
            """
        let expected: [String] = [
            """
            m.yaml:5: "colour" is not known here; known are id, vendor, models, maturity, doubts, notes, mib, \
            sources, detect, index, outlets, control, state, names, device, measurements, settle, limits
            """,
            "m.yaml:1: id: has to be 1 to 64 of a-z 0-9 -, and not auto",
            "m.yaml:4: maturity: has to be one of hardware, mib, seen",
            "m.yaml:9: control.on: has to be a number from -2147483648 to 2147483647",
            "m.yaml:8: control: off is missing",
            """
            m.yaml:11: state.oid: "1.3.6.x.(outlet)" is no object identifier: "x" is not a number from 0 to 4294967295
            """,
            "m.yaml:11: state: the value 1 has two meanings",
        ]
        #expect(problems(yaml) == expected)
    }

    @Test(
        "that is wrong in one place says so",
        arguments: [
            ("index: { outlet: { default: 1 } }", "index.outlet: has to be a name of a-z and _ other than outlet"),
            ("index: { pdu: { default: -1 } }", "index.pdu.default: has to be a whole number from 0 to 4294967295"),
            (
                "index: { pdu: { default: 1, captured: true } }",
                "index.pdu: default, captured and find exclude each other"
            ),
            ("index: { pdu: { one_of: [1, 2] } }", "index.pdu.one_of: is for parts with captured: true"),
            (
                "index: { row: { find: { column: 1.3.6.1, name: [a (outlet), b] } } }",
                "index.row.find: name has to have (outlet) in every pattern, or in none"
            ),
            ("index: { row: { find: { column: 1.3.6.1 } } }", "index.row.find: needs either name or same_as"),
            (
                "names: 1.3.6.1.(pdu).(outlet)",
                "names: (pdu) is not a part of the index; name it under index"
            ),
            (
                "device: { serial: 1.3.6.1.(outlet) }",
                "device.serial: (outlet) differs from outlet to outlet, and this is for the whole device"
            ),
            (
                "names: 1.3.6.1.(outlet*2)",
                """
                names: "1.3.6.1.(outlet*2)" is no object identifier: (outlet*2) is not an index part such as \
                (outlet) or (outlet-1)
                """
            ),
            (
                "names: 1.3.6.1.(outlet",
                #"names: "1.3.6.1.(outlet" is no object identifier: its parentheses do not match"#
            ),
            (
                "measurements: { outlet: { amps: { oid: 1.3.6.1, scale: 1 } } }",
                """
                measurements.outlet: "amps" is not known here; known are current, voltage, power, apparent_power, \
                power_factor, energy, frequency, temperature, humidity
                """
            ),
            (
                "measurements: { outlet: { power: { oid: 1.3.6.1.(outlet), scale: 0 } } }",
                "measurements.outlet.power.scale: has to be a number above 0"
            ),
            (
                "measurements: { outlet: { power: { oid: 1.3.6.1.(outlet) } } }",
                "measurements.outlet.power: scale is missing"
            ),
            (
                "measurements: { device: { power: { oid: 1.3.6.1, scale: 1, absent: none } } }",
                "measurements.device.power.absent: has to be whole numbers or the word negative"
            ),
            (
                "measurements: { outlet: { power: { oid: 1.3.6.1.(outlet), scale: { oid: 1.3, rule: tens } } } }",
                "measurements.outlet.power.scale.rule: has to be one of digits, exponent, factor"
            ),
            ("settle: { window: 4 }", "settle.window: has to be a time such as 500ms, 2.5s or 1m, at most an hour"),
            ("limits: { objects: 0 }", "limits.objects: has to be a whole number from 1 to 500"),
            ("detect: { priority: high }", "detect.priority: has to be a whole number from -100 to 100"),
            ("notes: { a: b }", "notes: has to be a text"),
        ]
    )
    func oneMistake(extra: String, message: String) {
        #expect(problems(Self.base + extra) == ["m.yaml:8: \(message)"])
    }

    @Test(
        "with a wrong way to switch says so",
        arguments: [
            (
                "{ on: 1, off: 0 }",
                ["on", "off"].map { "control.\($0): oid is missing: give one here, or one for all actions beside them" }
            ),
            (
                "{ oid: 1.3.6.1.(outlet), type: unsigned, on: 1, off: -1 }",
                ["control.off: has to be a number from 0 to 4294967295"]
            ),
            (
                "{ oid: 1.3.6.1.(outlet), type: octets, on: 1, off: \"0\" }",
                ["control.on: is for type octets and has to be a text in quotes"]
            ),
            (
                "{ oid: 1.3.6.1.(outlet), on: 1, off: 0, packed: { separator: ab, element: 0 } }",
                [
                    "control.packed.separator: has to be one character",
                    "control.packed.element: has to be the word outlet, or the place of an element from 1",
                    "control.packed: packed is for type: octets",
                ]
            ),
            (
                "{ oid: 1.3.6.1.(outlet), on: { value: 1, colour: 2 }, off: { type: integer } }",
                [
                    #"control.on: "colour" is not known here; known are oid, value, type"#,
                    "control.off: value is missing",
                ]
            ),
            (
                "{ oid: 1.3.6.1.(outlet), on: 1, off: 0, together: quickly }",
                ["control.together: has to be one_request, or a queue with on, off, before and after"]
            ),
            (
                "{ oid: 1.3.6.1.(outlet), on: 1, off: 0, together: { on: 4, off: 5 } }",
                ["control.together: after is missing: the writes that carry the queue out"]
            ),
        ]
    )
    func control(text: String, messages: [String]) {
        let yaml = Self.base.replacing("{ oid: 1.3.6.1.4.1.9.2.(outlet), on: 1, off: 2 }", with: text)
        #expect(problems(yaml) == messages.map { "m.yaml:6: \($0)" })
    }

    @Test(
        "with a wrong way to find outlets says so",
        arguments: [
            (
                "{ count: 1.3.6.1.(outlet) }",
                "outlets.count: (outlet) differs from outlet to outlet, and this is for the"
            ),
            ("{ }", "outlets: needs one of count, rows, elements or found_by, or the word configured"),
            ("{ rows: { column: 1.3.6.1, index: [] } }", "outlets.rows: index has to name the parts of a row, as"),
            ("{ rows: { column: 1.3.6.1, index: [row] } }", "outlets.rows: needs either outlet in index, or number"),
            (
                "{ rows: { column: 1.3.6.1, index: [row], number: first } }",
                "outlets.rows.number: has to be in_order, a part of the index such as row or row+1, or { oid: … }"
            ),
            ("{ rows: { column: 1.3.6.1, index: [row, row], number: row } }", "outlets.rows.index: \"row\" has to be"),
            (
                "{ rows: { column: 1.3.6.1, index: [outlet], where: { oid: 1.3.6.1.(outlet) } } }",
                "outlets.rows.where: is needs at least one value"
            ),
            ("{ found_by: variable }", "outlets.found_by: variable has to be an index part with a find whose name has"),
        ]
    )
    func outlets(text: String, message: String) {
        let found = problems(Self.base.replacing("{ count: 1.3.6.1.4.1.9.1.0 }", with: text))
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("m.yaml:5: \(message)") == true, "\(found)")
    }

    @Test("that is only seen has to say what is doubtful")
    func seenNeedsDoubts() {
        let yaml = Self.base.replacing("maturity: mib", with: "maturity: seen")
        #expect(problems(yaml) == ["m.yaml:4: maturity: seen needs doubts, which say what is not certain"])
        #expect(problems(yaml + "doubts: nobody tried it").isEmpty)
    }

    @Test("that is no YAML is refused with the line")
    func noYAML() {
        #expect(problems("id: [a").first?.hasPrefix("m.yaml:") == true)
        #expect(problems("") == ["m.yaml: the file is empty"])
        #expect(problems("- a\n- b").first?.hasPrefix("m.yaml:1: has to be a mapping with id, vendor") == true)
        #expect(problems(Self.base + "id: again") == ["m.yaml:1: has a key twice: id"])
    }
}
