import PDUSimulator

/// The `pdus:` entries for a simulated fleet.
func entries(of fleet: SNMPFleet) -> String {
    fleet.ports.enumerated().map { number, port in
        """
          - { name: p\(number), driver: snmp, model: raritan-px2, host: 127.0.0.1, port: \(port), version: 2c, \
        community: public, write_community: private }
        """
    }.joined(separator: "\n")
}
