/// How an snmpd is to be set up. The default answers to nobody: give it communities or users.
public struct SNMPDaemonConfiguration: Sendable {
    /// The UDP port of 127.0.0.1; a free one when not given.
    public var port: Int?
    /// Who reads, with versions 1 and 2c.
    public var readCommunity: String?
    /// Who reads and writes, with versions 1 and 2c.
    public var writeCommunity: String?
    /// Who reads, and writes where they may, with version 3.
    public var users: [SNMPUser]
    /// Further lines of configuration, as they are (`sysDescr`, `pass_persist`).
    public var additionalLines: [String]

    /// A configuration; everything that is not given is absent.
    public init(
        port: Int? = nil,
        readCommunity: String? = nil,
        writeCommunity: String? = nil,
        users: [SNMPUser] = [],
        additionalLines: [String] = []
    ) {
        self.port = port
        self.readCommunity = readCommunity
        self.writeCommunity = writeCommunity
        self.users = users
        self.additionalLines = additionalLines
    }

    func text(port: Int) -> String {
        var lines = ["agentaddress udp:127.0.0.1:\(port)", "dontLogTCPWrappersConnects yes"]
        if let readCommunity { lines.append("rocommunity \(readCommunity)") }
        if let writeCommunity { lines.append("rwcommunity \(writeCommunity)") }
        lines += users.map(\.access)
        lines += additionalLines
        return lines.joined(separator: "\n") + "\n"
    }

    /// What snmpd finds in its own stored data at the first start; it replaces the passphrases by keys there.
    var initialStoredData: String { users.map { $0.creation + "\n" }.joined() }

    /// The first thing that would break the configuration file, if any.
    var problem: String? {
        let words = [readCommunity, writeCommunity].compactMap { $0 } + users.map(\.name)
        if words.contains(where: { $0.isEmpty || $0.contains { $0.isWhitespace || $0 == "\"" || $0 == "#" } }) {
            return "a community or user name is empty or holds a space, a quote or #"
        }
        for user in users {
            if user.privacy != nil && user.authentication == nil {
                return "user \(user.name): encryption needs authentication"
            }
            for passphrase in [
                user.authentication == nil ? nil : user.authenticationPassphrase,
                user.privacy == nil ? nil : user.privacyPassphrase,
            ].compactMap({ $0 }) {
                if passphrase.count < 8 { return "user \(user.name): a passphrase is shorter than 8 characters" }
                if passphrase.contains(where: { $0 == "\"" || $0 == "\\" || $0.isNewline }) {
                    return "user \(user.name): a passphrase holds a quote, a backslash or a newline"
                }
            }
        }
        return nil
    }
}
