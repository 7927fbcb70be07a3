public import LocalServices
public import Power

/// How a simulated SNMP PDU is to be set up.
public struct SimulatedSNMPDeviceConfiguration: Sendable {
    /// How it looks.
    public var model: SimulatedModel
    /// How many outlets it has.
    public var outlets: Int
    /// Their names; those not given are called `Outlet 1` and so on.
    public var names: [String]
    /// What all outlets are at first.
    public var initialState: PowerState
    /// The UDP port of 127.0.0.1; a free one when not given.
    public var port: Int?
    /// Who reads, with versions 1 and 2c.
    public var readCommunity: String?
    /// Who reads and writes, with versions 1 and 2c.
    public var writeCommunity: String?
    /// Who gets in with version 3.
    public var users: [SNMPUser]
    /// What is wrong with it at first.
    public var faults: Faults
    /// Where everything it is told is appended; nowhere when not given.
    public var recordFile: String?
    /// The program that snmpd starts and that calls `PassPersistProgram.run`, with its arguments before the socket's
    /// path; by default this executable with `simulate pass-persist`.
    public var passPersistCommand: [String]?

    /// A device; everything that is not given has the default shown here.
    public init(
        model: SimulatedModel = .raritanPX2,
        outlets: Int = 8,
        names: [String] = [],
        initialState: PowerState = .off,
        port: Int? = nil,
        readCommunity: String? = "public",
        writeCommunity: String? = "private",
        users: [SNMPUser] = [],
        faults: Faults = Faults(),
        recordFile: String? = nil,
        passPersistCommand: [String]? = nil
    ) {
        self.model = model
        self.outlets = outlets
        self.names = names
        self.initialState = initialState
        self.port = port
        self.readCommunity = readCommunity
        self.writeCommunity = writeCommunity
        self.users = users
        self.faults = faults
        self.recordFile = recordFile
        self.passPersistCommand = passPersistCommand
    }
}
