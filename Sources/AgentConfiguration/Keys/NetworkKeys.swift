/// Where a device is, for drivers that speak with it themselves.
enum NetworkKeys {
    static let host = Key("host", Form<String>.host, .required, example: "192.0.2.10", "Its host name or address.")
    static let energeniePort = port("`80` with `protocol: http`, `5000` with `tcp`", "The TCP port.")
    static let snmpPort = port("`161`", "The UDP port.")

    private static func port(_ absence: String, _ meaning: String) -> Key<Int> {
        Key("port", Form<Int>.port, .optional(absence), example: "1161", meaning)
    }
}
