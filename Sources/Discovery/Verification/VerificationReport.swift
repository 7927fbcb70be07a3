internal import Power

/// How a device did, to be sent to those who keep the model files.
public struct VerificationReport: Sendable, Equatable, Encodable {
    /// How a step ended.
    public enum Outcome: String, Sendable, Encodable {
        /// As it should.
        case passed
        /// Otherwise.
        case failed
        /// It was not tried.
        case skipped
    }

    /// One thing that was tried.
    public struct Step: Sendable, Equatable, Encodable {
        /// What was tried.
        public var name: String
        /// How it ended.
        public var outcome: Outcome
        /// What the device did, for people.
        public var message: String
        /// How long the device took to answer the order, in milliseconds.
        public var took: Int?
        /// How long after that it showed the new state, in milliseconds: the settle window.
        public var settled: Int?
        /// How many readings showed the old state.
        public var oldAnswers: Int?

        init(_ name: String, _ outcome: Outcome, _ message: String, took: Duration? = nil) {
            self.name = name
            self.outcome = outcome
            self.message = message
            self.took = took?.milliseconds
        }
    }

    /// The PDU's name in the configuration.
    public var pdu: String
    /// The outlet that was walked through.
    public var outlet: Int
    /// The driver.
    public var driver: String
    /// The version of Busbar.
    public var version: String?
    /// The model file, for `driver: snmp`.
    public var modelID: String?
    /// The model as the device names it.
    public var model: String?
    /// Its firmware.
    public var firmware: String?
    /// The settle window that the driver assumes, in milliseconds.
    public var assumedSettleWindow: Int?
    /// The outlets that the device says it has.
    public var outlets: Int?
    /// The quantities it measures for outlets.
    public var outletQuantities: [String] = []
    /// The quantities it measures as a whole.
    public var quantities: [String] = []
    /// The outlet's state before anything was done.
    public var firstState: String?
    /// What was tried, in order.
    public var steps: [Step] = []
    /// Whether everything was tried that should be.
    public var isComplete = true
    /// Whether the outlet is as it was before.
    public var isRestored = false

    init(pdu: String, outlet: Int, driver: String) {
        self.pdu = pdu
        self.outlet = outlet
        self.driver = driver
    }

    /// Whether everything was tried, nothing failed, and the outlet is as it was before.
    public var isSuccess: Bool { isComplete && isRestored && !steps.contains { $0.outcome == .failed } }

    /// The longest time for which the device showed an old state, in milliseconds.
    public var longestSettleTime: Int? { steps.compactMap(\.settled).max() }

    mutating func adopt(_ description: DeviceDescription, _ reading: DeviceReading, _ traits: DriverTraits) {
        driver = traits.driver
        modelID = traits.model
        model = description.model
        firmware = description.firmware
        outlets = (description.outlets ?? reading.outlets.keys.sorted()).count
        assumedSettleWindow = traits.settleWindow.milliseconds
        outletQuantities = Set(reading.outletMeasurements.values.flatMap(\.keys)).map(\.rawValue).sorted()
        quantities = reading.measurements.keys.map(\.rawValue).sorted()
    }
}

extension VerificationReport: CustomStringConvertible {
    /// The report for people.
    public var description: String {
        var lines = ["Busbar \(version ?? "") verified outlet \(outlet) of \(pdu): \(verdict)", ""]
        func add(_ name: String, _ value: String?) {
            if let value, !value.isEmpty { lines.append("\(name): \(value)") }
        }
        add("driver", driver)
        add("model file", modelID)
        add("device", model)
        add("firmware", firmware)
        add("outlets", outlets.map(String.init))
        add("measures per outlet", outletQuantities.joined(separator: ", "))
        add("measures as a whole", quantities.joined(separator: ", "))
        lines.append("")
        for step in steps {
            var line = "[\(step.outcome.rawValue)] \(step.name): \(step.message)"
            if let took = step.took { line += " (the order took \(took) ms" + settled(step) + ")" }
            lines.append(line)
        }
        if let longest = longestSettleTime, let assumed = assumedSettleWindow {
            lines.append("")
            lines.append("old values were shown for up to \(longest) ms; the driver allows \(assumed) ms")
        }
        return lines.joined(separator: "\n")
    }

    private var verdict: String {
        if !isRestored, firstState != nil { return "FAILED, AND THE OUTLET IS NOT AS IT WAS" }
        if !isComplete { return "interrupted" }
        return isSuccess ? "everything as it should" : "failed"
    }

    private func settled(_ step: Step) -> String {
        guard let settled = step.settled, let old = step.oldAnswers else { return "" }
        return ", the new state was read \(settled) ms later after \(old) old answers"
    }
}
