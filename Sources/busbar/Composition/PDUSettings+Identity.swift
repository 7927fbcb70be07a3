import AgentConfiguration

extension PDUSettings {
    /// Whether a device has to be spoken to in another way than before, so that its lane must be set up anew.
    func needsNewLane(after earlier: PDUSettings) -> Bool {
        earlier.host != host || earlier.port != port || earlier.timeout != timeout || earlier.retries != retries
            || earlier.driver != driver || earlier.outlets.keys != outlets.keys
    }
}
