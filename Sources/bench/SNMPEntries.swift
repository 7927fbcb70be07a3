import PDUSimulator

/// The `pdus:` entries for a simulated fleet whose PDUs have a user each, or one for all.
func entries(of fleet: SNMPFleet, user: String, hasOwnPassphrases: Bool) -> String {
    fleet.ports.enumerated().map { number, port in
        let passphrase = hasOwnPassphrases ? "passphrase-\(number)" : "passphrase"
        return """
              - { name: p\(number), driver: snmp, model: raritan-px2, host: 127.0.0.1, port: \(port), version: 3, \
            user: \(user), auth: { protocol: SHA-256, passphrase: \(passphrase) }, \
            privacy: { protocol: AES, passphrase: \(passphrase) } }
            """
    }.joined(separator: "\n")
}

/// The `pdus:` entries for a simulated fleet.
func entries(of fleet: SNMPFleet) -> String {
    fleet.ports.enumerated().map { number, port in
        """
          - { name: p\(number), driver: snmp, model: raritan-px2, host: 127.0.0.1, port: \(port), version: 2c, \
        community: public, write_community: private }
        """
    }.joined(separator: "\n")
}
