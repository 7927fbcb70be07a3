/// What a read of a device is for.
public enum ReadScope: Sendable, Hashable {
    /// Everything the device measures and all of its outlets: the poll.
    case everything
    /// The states of these outlets, as quickly as the device allows: the read-back of a switch.
    case states(Set<OutletNumber>)
}
