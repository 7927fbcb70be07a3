/// What a device was found to be.
public struct ModelDetection: Sendable {
    /// Its model; nothing where it could not be told.
    public let model: PDUModel?
    /// What the device says of itself.
    public let sysDescr: String?
    /// Its sysObjectID.
    public let sysObjectID: String?
    /// The models that it might have been, in the order they were tried.
    public let tried: [String]
}

extension ModelDetection: CustomStringConvertible {
    /// A sentence for people: the model, or why there is none.
    public var description: String {
        let identity = "sysObjectID \(sysObjectID ?? "none"), sysDescr \(sysDescr.map { "\"\($0)\"" } ?? "none")"
        if let model { return "it is a \(model.id) (\(identity))" }
        let attempts = tried.isEmpty ? "no model fits that" : "tried \(tried.joined(separator: ", "))"
        return "its model could not be told (\(identity)): \(attempts)"
    }
}
