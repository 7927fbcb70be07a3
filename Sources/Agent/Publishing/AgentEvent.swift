public import Power

/// What happens in the agent, for everybody who watches: the broker, the audit trail, the page, the metrics.
public enum AgentEvent: Sendable {
    /// The device says that an outlet is in a state other than before.
    case state(OutletID, PowerState, previous: PowerState?, isOwn: Bool)
    /// A PDU went online or offline; the reason where it is offline.
    case availability(PDUName, isOnline: Bool, reason: String?)
    /// What the agent knows of a PDU has changed: its rules, what the device says of itself, its outlets, what it measures.
    case described(LaneSnapshot)
    /// A device was read as a whole.
    case reading(PDUName, DeviceReading)
    /// A command has ended.
    case result(CommandResult, Ticket)
    /// A load is in another state than before, by what its feeds were read as.
    case loadState(String, LoadState)
    /// The PDUs that feed a load can all be read, or not any more.
    case loadAvailability(String, isOnline: Bool)
    /// A command for a load has ended, or a message for it was refused.
    case loadResult(LoadResult, Command?, ReplyAddress?)
    /// A message was refused before it became a command.
    case refused(CommandResult)
    /// A command for several outlets has ended; each of them has had its own result.
    case groupResult(GroupResult)
    /// A message to a group, or to a PDU as a whole, was refused before it became a command.
    case refusedGroup(GroupResult)
    /// Somebody asked for something that it may not see or do, or showed wrong credentials.
    case denied(Denial)
    /// Somebody changed the configuration by the page.
    case configured(ConfigurationChange)
}
