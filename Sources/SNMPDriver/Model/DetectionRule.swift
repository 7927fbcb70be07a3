/// By what a device of a model is known.
struct DetectionRule: Sendable, Hashable {
    /// One pattern of a sysObjectID.
    struct ObjectID: Sendable, Hashable {
        /// Literal arcs, and index parts that are captured.
        let template: OIDTemplate
        /// It has to be this one, not only to begin with it.
        let isExact: Bool
    }

    var objectIDs: [ObjectID] = []
    /// One of these has to fit the sysDescr.
    var descriptions: [NamePattern] = []
    /// This object, or one below it, has to answer.
    var probe: OIDTemplate?
    /// The larger one is tried first where two fit equally well.
    var priority = 0

    /// Whether the model can be found at all; one that cannot has to be named in the configuration.
    var isAutomatic: Bool { !objectIDs.isEmpty || !descriptions.isEmpty || probe != nil }
}
