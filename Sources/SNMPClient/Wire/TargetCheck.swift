/// What a target's values have to be.
enum TargetCheck {
    private static let passphraseMinimum = 8
    private static let nameMaximum = 32
    private static let communityMaximum = 255

    /// What is wrong with a target; nil when nothing is.
    static func objection(_ target: SNMPTarget) -> String? {
        if target.host.isEmpty { return "a host is needed" }
        if target.port == 0 { return "UDP port 0 is none" }
        if !(1...64).contains(target.maxInFlight) { return "1 to 64 SNMP requests may be under way at once" }
        if !(1...Operation.maximumCount).contains(target.maxRepetitions) {
            return "GETBULK takes 1 to \(Operation.maximumCount) repetitions"
        }
        return objection(retries: target.retries, timeout: target.timeout) ?? objection(target.credentials)
    }

    static func objection(retries: Int, timeout: Duration) -> String? {
        if !(0...20).contains(retries) { return "an SNMP request has 0 to 20 retries" }
        if timeout < .milliseconds(20) || timeout > .seconds(600) { return "an SNMP try waits 20 ms to 600 s" }
        return nil
    }

    private static func objection(_ credentials: SNMPCredentials) -> String? {
        switch credentials {
        case .v1(let community, let writeCommunity), .v2c(let community, let writeCommunity):
            for secret in [community, writeCommunity].compactMap(\.self)
            where secret.revealed.utf8.count > communityMaximum {
                return "an SNMP community has at most \(communityMaximum) bytes"
            }
            return nil
        case .v3(let user):
            return objection(user)
        }
    }

    private static func objection(_ user: V3User) -> String? {
        if !(1...nameMaximum).contains(user.name.utf8.count) {
            return "the name of an SNMP user has 1 to \(nameMaximum) bytes"
        }
        if user.contextName.utf8.count > nameMaximum {
            return "an SNMP context's name has at most \(nameMaximum) bytes"
        }
        if user.name.utf8.contains(0) || user.contextName.utf8.contains(0) {
            return "the names of an SNMP user and of a context have no NUL in them"
        }
        for secret in [user.authentication?.passphrase, user.privacy?.passphrase].compactMap(\.self)
        where secret.revealed.utf8.count < passphraseMinimum {
            return "passphrases of SNMP version 3 have at least \(passphraseMinimum) bytes"
        }
        return nil
    }
}
