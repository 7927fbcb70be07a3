internal import Power
internal import SNMPClient

/// What the driver has learnt of a device and need not ask at every read.
struct DeviceMemory: Sendable {
    /// The device's up-time at the last poll, in hundredths of a second; it goes back when the device starts anew.
    var upTime: UInt32?
    /// What the index parts of the device as a whole stand for.
    var device: IndexBindings? {
        didSet { poll = nil }
    }
    var table: OutletTable? {
        didSet { poll = nil }
    }
    /// Scales that do not change while the device runs.
    var factors: [OID: Double] = [:] {
        didSet { poll = nil }
    }
    /// Measurements and names that the device does not have.
    var absent: Set<OID> = [] {
        didSet { poll = nil }
    }
    /// Outlets whose state the device did not have, and that are asked for one at a time.
    var silent: [OutletNumber] = []
    /// The rows of the columns that become one value.
    var columns: [OID: [OID]] = [:] {
        didSet { poll = nil }
    }
    /// Whether the columns have been looked at.
    var knowsColumns = false
    /// What a poll asks for, until something is learnt that changes it.
    var poll: PollPlan?
    private var pollsSinceColumns = 0

    /// After so many polls what the device did not have is asked for again: it may have come late after a start.
    private static let pollsBetweenColumns = 360

    /// Notes a poll that went well.
    mutating func notePoll() {
        pollsSinceColumns += 1
        guard pollsSinceColumns >= Self.pollsBetweenColumns else { return }
        pollsSinceColumns = 0
        absent = []
        knowsColumns = false
    }

    /// Notes the up-time that the device gave.
    /// - Returns: whether it has started anew since the last one, so that nothing learnt can be relied upon.
    mutating func noteUpTime(_ new: UInt32) -> Bool {
        defer { upTime = new }
        guard let upTime else { return false }
        return new < upTime
    }

    /// Forgets everything but which row has which number.
    func afterRestart() -> DeviceMemory {
        var memory = DeviceMemory()
        memory.upTime = upTime
        memory.table = table
        return memory
    }
}
