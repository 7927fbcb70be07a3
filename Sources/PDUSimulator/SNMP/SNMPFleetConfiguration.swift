public import Power

/// How a fleet of simulated SNMP PDUs is to be set up.
public struct SNMPFleetConfiguration: Sendable {
    /// How they look.
    public var model: SimulatedModel
    /// How many there are, 1 to 20,000.
    public var count: Int
    /// How many outlets each has, 1 to 1,000.
    public var outlets: Int
    /// The IPv4 address that all of them have, one of this machine's.
    public var address: String
    /// The UDP port of the first; the others follow without a gap.
    public var basePort: Int
    /// What all outlets are at first.
    public var initialState: PowerState
    /// Whether measurements have other values at every read.
    public var hasMovingValues: Bool
    /// How long every answer waits.
    public var latency: Duration
    /// The share of devices that give no sign of life, from 0 to 1, spread evenly.
    public var deadShare: Double
    /// Who reads, with versions 1 and 2c.
    public var readCommunity: String
    /// Who reads and writes, with versions 1 and 2c.
    public var writeCommunity: String
    /// Who reads and writes with version 3, SHA-256 and AES (at most 63 bytes); nobody when not given.
    public var user: String?
    /// Their passphrases: each device's own, `passphrase-` and its number from 0, or `passphrase` for all.
    public var hasOwnPassphrases: Bool
    /// Where a line is appended for every order taken: nanoseconds of `CLOCK_MONOTONIC`, the device from 0, the outlet,
    /// the number written and the UDP port that it came from, separated by tabs.
    public var recordFile: String?

    /// A fleet; everything that is not given has the default shown here.
    public init(
        model: SimulatedModel = .raritanPX2,
        count: Int,
        outlets: Int = 8,
        address: String = "127.0.0.1",
        basePort: Int = 20_000,
        initialState: PowerState = .off,
        hasMovingValues: Bool = false,
        latency: Duration = .zero,
        deadShare: Double = 0,
        readCommunity: String = "public",
        writeCommunity: String = "private",
        user: String? = nil,
        hasOwnPassphrases: Bool = false,
        recordFile: String? = nil
    ) {
        self.model = model
        self.count = count
        self.outlets = outlets
        self.address = address
        self.basePort = basePort
        self.initialState = initialState
        self.hasMovingValues = hasMovingValues
        self.latency = latency
        self.deadShare = deadShare
        self.readCommunity = readCommunity
        self.writeCommunity = writeCommunity
        self.user = user
        self.hasOwnPassphrases = hasOwnPassphrases
        self.recordFile = recordFile
    }

    /// The first thing that makes no sense, if any.
    var problem: String? {
        if !(1...20_000).contains(count) { return "\(count) devices: there can be 1 to 20000" }
        if !(1...1_000).contains(outlets) { return "\(outlets) outlets: a device has 1 to 1000" }
        if basePort < 1 || basePort + count - 1 > 65_535 {
            return "\(count) devices from port \(basePort) on do not fit into 1 to 65535"
        }
        if !(deadShare >= 0 && deadShare <= 1) { return "a share of \(deadShare) dead devices is not from 0 to 1" }
        if latency < .zero { return "a latency of \(latency) is negative" }
        for community in [readCommunity, writeCommunity] where community.isEmpty || community.utf8.count > 255 {
            return "a community is empty or longer than 255 bytes"
        }
        if let user, !(1...63).contains(user.utf8.count) { return "a user's name has 1 to 63 bytes" }
        return nil
    }
}
