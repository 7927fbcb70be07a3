/// Why a lane begins nothing new, and how long what it has begun may take.
struct LaneEnding: Equatable {
    enum Reason {
        /// The agent is stopped; what is in the journal may stay there for its next start.
        case shutdown
        /// The PDU is not in the configuration any more: everything has to be answered now, and nothing left dark.
        case removal
        /// The device has to be spoken to in another way; commands wait and go on after that.
        case renewal
    }

    var reason: Reason
    var limit: Moment
}
