import Power

/// The names that other parts of a file refer to. PDUs that are wrong in other ways are listed too, so that one error
/// does not bring others with it.
struct FleetIndex {
    /// What a group or a load may ask of a PDU.
    struct PDU {
        var location: SourceLocation
        var isEnabled: Bool
        /// The outlets it can have; nothing when only the device knows.
        var outlets: Set<OutletNumber>?
        /// The outlets that are listed in its entry.
        var listed: Set<OutletNumber> = []
        /// The outlets that the device cycles by itself.
        var cycledByDevice: Set<OutletNumber> = []
    }

    var circuits: Set<String> = []
    var pdus: [PDUName: PDU] = [:]
    /// The loads that were read so far, right or wrong, with what each requires.
    var loads: [(section: Section, requires: [String])] = []
    /// The load that an outlet feeds.
    var feeds: [OutletID: String] = [:]
    /// The devices by what makes them one device, with the PDU that came first.
    var devices: [String: PDUName] = [:]
}
