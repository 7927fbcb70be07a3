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
        return isSuccess ? "everything as it should" : "failed"
    }

    private func settled(_ step: Step) -> String {
        guard let settled = step.settled, let old = step.oldAnswers else { return "" }
        return ", the new state was read \(settled) ms later after \(old) old answers"
    }
}
