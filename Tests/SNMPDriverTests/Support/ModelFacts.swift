import Foundation
import Power
import Testing

@testable import SNMPDriver

/// What a device of a family has to answer and be told, written down apart from the model files.
///
/// The fixture was made from a reading of the vendors' MIBs of its own, so that one mistake does not hide in both.
struct ModelFacts: Sendable, CustomTestStringConvertible {
    /// An action on an outlet and the writes that carry it out, each as `oid type value`.
    struct Switch: Sendable {
        let outlet: Int
        let action: String
        var writes: [String] = []
    }

    var model = ""
    /// The model has to be named, as nothing tells it.
    var isKnownOnly = false
    var sysObjectID: String?
    var sysDescr = "a simulated device"
    var index: [String: IndexValue] = [:]
    var listsOutlets = false
    var outlets = 0
    var objects: [TableDaemon.Object] = []
    var states: [Int: String] = [:]
    var measurements: [Int: [Quantity: Double]] = [:]
    var deviceMeasurements: [Quantity: Double] = [:]
    var names: [Int: String] = [:]
    var switches: [Switch] = []

    var testDescription: String { model }

    /// The subtrees that the objects are in: an enterprise, a MIB of the standards, or a column that snmpd has itself.
    var roots: [String] {
        Set(
            objects.map { object in
                let arcs = object.oid.split(separator: ".")
                let isInterface = object.oid.hasPrefix("1.3.6.1.2.1.2.")
                return arcs.prefix(isInterface ? 10 : 7).joined(separator: ".")
            }
        )
        .sorted()
    }

    /// All families of the fixture.
    static let all: [ModelFacts] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/model-facts.txt").standardized
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n\n").map { ModelFacts(block: $0) }
    }()

    private init(block: Substring) {
        for line in block.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 2).map(String.init)
            let first = words.count > 1 ? words[1] : ""
            let rest = words.count > 2 ? words[2] : ""
            let number = Int(first) ?? 0
            let quantity = Quantity(rawValue: rest.split(separator: " ").first.map(String.init) ?? first)
            switch words[0] {
            case "model": model = first
            case "known": isKnownOnly = true
            case "sysobjectid": sysObjectID = first
            case "descr": sysDescr = words.dropFirst().joined(separator: " ")
            case "index": index[first] = UInt32(rest).map { .number($0) } ?? .text(rest)
            case "list": listsOutlets = true
            case "outlets": outlets = number
            case "serve":
                let fields = rest.split(separator: " ", maxSplits: 2).map(String.init)
                objects.append(
                    TableDaemon.Object(
                        oid: first,
                        type: fields[0],
                        value: fields.count > 2 ? fields[2] : "",
                        isWritable: fields[1] == "w"
                    )
                )
            case "state": states[number] = rest
            case "measure":
                if let quantity, let value = Double(rest.split(separator: " ")[1]) {
                    measurements[number, default: [:]][quantity] = value
                }
            case "device":
                if let quantity = Quantity(rawValue: first) { deviceMeasurements[quantity] = Double(rest) }
            case "name": names[number] = rest
            case "switch": switches.append(Switch(outlet: number, action: rest))
            case "write": switches[switches.count - 1].writes.append("\(first) \(rest)")
            default: fatalError("the fixture has a line that is not known: \(line)")
            }
        }
    }
}
