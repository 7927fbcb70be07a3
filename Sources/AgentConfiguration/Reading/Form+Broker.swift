extension Form<BrokerAddress> {
    /// `mqtt://host:port`. What is wrong with it is never shown, as it may hold a password.
    static var broker: Self {
        let expectation = "an address such as mqtt://host:1883 or mqtts://host:8883"
        return Form(.text("address"), expecting: expectation) { spot in
            guard let text = spot.text(expecting: expectation) else { return nil }
            guard
                let (scheme, rest) = schemes.first(where: { text.hasPrefix($0) }).map({ ($0, text.dropFirst($0.count)) }
                )
            else {
                let isOther = text.contains("://")
                spot.report("expected \(expectation), found \(isOther ? "another scheme" : "no mqtt:// or mqtts://")")
                return nil
            }
            guard !rest.contains("@") else {
                spot.report("credentials do not belong into the address; use username and password_file")
                return nil
            }
            let usesTLS = scheme == "mqtts://"
            let address = rest.hasSuffix("/") ? rest.dropLast() : rest
            guard let (host, portText) = HostName.splitPort(address), HostName.isValid(host) else {
                spot.report("expected \(expectation), found no valid host in it")
                return nil
            }
            guard let port = portText.map(HostName.port) ?? (usesTLS ? 8883 : 1883) else {
                spot.report("expected \(expectation), found no port from 1 to 65535 behind the host")
                return nil
            }
            return BrokerAddress(host: host, port: port, usesTLS: usesTLS)
        }
    }

    private static var schemes: [String] { ["mqtt://", "mqtts://"] }
}
