import Power

/// What a lane has to tell the world, in this order.
enum LaneEffect {
    /// The device says that the outlet is in this state.
    case state(OutletNumber, PowerState, previous: PowerState?, isOwn: Bool)
    /// The device does not have the outlet any more.
    case gone(OutletNumber)
    /// The device answered something odd for the outlet.
    case oddity(OutletNumber, OutletReading)
    /// New measurements and warnings.
    case measured(DeviceReading)
    /// The device went online or offline.
    case availability(DeviceHealth.Condition)
    /// Everything retained of this PDU is wanted again.
    case republish
    /// The outlet came back from an outage in another state than the configuration wants.
    case wants(OutletNumber, Command)
    /// A command has ended; a journaled one stays in the journal until the broker has the answer.
    case finished(Ticket, Outcome, startedAt: Moment?, deviceTime: Duration, isJournaled: Bool)
    /// The journal is to have the entry on disk; when awaited, the command goes on only after that.
    case journal(JournalEntry, isAwaited: Bool)
    /// Something about the outlet has changed that its protections must know after a restart.
    case memory(OutletMemory)
}
