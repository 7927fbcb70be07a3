import Power

/// The names that other parts of a file refer to. PDUs that are wrong in other ways are listed too, so that one error
/// does not bring others with it.
struct FleetIndex {
    /// What a group may ask of a PDU.
    struct PDU {
        var location: SourceLocation
        var isEnabled: Bool
        /// The outlets it can have; nothing when only the device knows.
        var outlets: Set<OutletNumber>?
    }

    var circuits: Set<String> = []
    var pdus: [PDUName: PDU] = [:]
    /// The devices by what makes them one device, with the PDU that came first.
    var devices: [String: PDUName] = [:]
}
