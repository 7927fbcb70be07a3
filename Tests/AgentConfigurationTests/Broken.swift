import Testing

/// A configuration with something wrong in it, and everything that is told of it.
struct Broken: CustomTestStringConvertible, Sendable {
    /// What the text is.
    enum Part: Sendable {
        /// A whole file.
        case file
        /// Something beside a valid `mqtt` and valid `pdus`.
        case beside
        /// Something beside valid `pdus`.
        case mqtt
        /// Something beside a valid `mqtt`.
        case pdus
        /// The keys of the only PDU.
        case pdu
    }

    let testDescription: String
    let text: String
    let complaint: String

    init(_ name: String, _ part: Part, _ text: String, _ complaint: String) {
        let mqtt = "mqtt: { broker: mqtt://127.0.0.1 }\n"
        let pdus = #"pdus: [{ name: strip, driver: energenie, host: 192.0.2.11, password: "1" }]"#
        self.testDescription = name
        self.complaint = complaint
        self.text =
            switch part {
            case .file: text
            case .beside: "\(text)\n\(mqtt)\(pdus)\n"
            case .mqtt: "\(text)\n\(pdus)\n"
            case .pdus: "\(text)\n\(mqtt)"
            case .pdu: "\(mqtt)pdus:\n  - \(text.split(separator: "\n").joined(separator: "\n    "))\n"
            }
    }
}
