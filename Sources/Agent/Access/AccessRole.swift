public import Power

/// What a user of the broker may do.
public enum AccessRole: Sendable, Hashable {
    /// What one grant is about.
    public enum Grant: Sendable, Hashable {
        /// One outlet.
        case outlet(OutletID)
        /// Every outlet of a PDU.
        case pdu(PDUName)
        /// A group of the configuration.
        case group(String)
        /// A load of the configuration.
        case load(String)
    }

    /// The agent itself.
    case agent
    /// See everything and switch everything.
    case controller
    /// See everything.
    case observer
    /// Home Assistant: see and switch everything, and read what is announced.
    case homeAssistant
    /// See and switch on topics of its own what rights reach; the agent looks at each command.
    case user(Rights)
    /// See and switch these.
    case grants([Grant])
}
