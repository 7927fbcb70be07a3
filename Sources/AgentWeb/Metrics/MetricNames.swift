import Power

/// Every metric there is. The dashboard and the alerts in `config/` use these names.
extension Metric {
    static let info = Metric(name: "busbar_info", kind: .gauge, help: "The version of the agent.")
    static let uptime = Metric(name: "busbar_uptime_seconds", kind: .gauge, help: "Since when the agent runs.")
    static let isReady = Metric(name: "busbar_ready", kind: .gauge, help: "Whether /readyz says yes.")
    static let journalFailed = Metric(
        name: "busbar_journal_failed",
        kind: .gauge,
        help: "Whether the journal cannot be written, so that cycles and delays are refused."
    )

    static let loopPause = Metric(
        name: "busbar_loop_pause_seconds",
        kind: .gauge,
        help: "The longest time within the last minute or two that the agent's loop was busy at a stretch."
    )

    static let commands = Metric(
        name: "busbar_commands_total",
        kind: .counter,
        help: "Commands that have ended, by what was asked and how it ended."
    )
    static let commandErrors = Metric(
        name: "busbar_command_errors_total",
        kind: .counter,
        help: "Commands that did not end well, by the code of their result."
    )
    static let commandDuration = Metric(
        name: "busbar_command_duration_seconds",
        kind: .histogram,
        help: "Time from a command's arrival to its result, waiting, delays and off times included."
    )
    static let commandDeviceDuration = Metric(
        name: "busbar_command_device_duration_seconds",
        kind: .histogram,
        help: "Time that the device took for the answers to one command."
    )
    static let commandsWaiting = Metric(
        name: "busbar_commands_waiting",
        kind: .gauge,
        help: "Commands that wait for their turn."
    )
    static let commandsRunning = Metric(
        name: "busbar_commands_running",
        kind: .gauge,
        help: "Outlets on which a command is running."
    )

    static let mqttConnected = Metric(
        name: "busbar_mqtt_connected",
        kind: .gauge,
        help: "Whether the broker is connected and has granted the subscriptions."
    )
    static let mqttReconnections = Metric(
        name: "busbar_mqtt_reconnections_total",
        kind: .counter,
        help: "How often the broker's connection was made again."
    )
    static let mqttFailedConnections = Metric(
        name: "busbar_mqtt_failed_connections_total",
        kind: .counter,
        help: "How often the broker could not be connected."
    )
    static let mqttQueued = Metric(
        name: "busbar_mqtt_queue",
        kind: .gauge,
        help: "Messages that wait to be sent or acknowledged."
    )
    static let mqttDropped = Metric(
        name: "busbar_mqtt_dropped_total",
        kind: .counter,
        help: "Results that were dropped from the full queue."
    )
    static let mqttPublished = Metric(
        name: "busbar_mqtt_published_total",
        kind: .counter,
        help: "Messages that the broker has taken."
    )
    static let mqttReceived = Metric(
        name: "busbar_mqtt_received_total",
        kind: .counter,
        help: "Messages that have arrived."
    )

    static let fleetMember = Metric(
        name: "busbar_fleet_member",
        kind: .gauge,
        help: "Whether the agent's lease in the fleet's etcd holds; only with fleet."
    )
    static let fleetOwned = Metric(
        name: "busbar_fleet_pdus_owned",
        kind: .gauge,
        help: "PDUs that the agent owns in its fleet."
    )
    static let fleetNext = Metric(
        name: "busbar_fleet_pdus_next",
        kind: .gauge,
        help: "PDUs that the agent is next in line for."
    )
    static let fleetTenures = Metric(
        name: "busbar_fleet_tenures_total",
        kind: .counter,
        help: "How often the agent became the owner of a PDU."
    )
    static let etcdRequests = Metric(
        name: "busbar_etcd_requests_total",
        kind: .counter,
        help: "Requests to the fleet's etcd."
    )
    static let etcdFailures = Metric(
        name: "busbar_etcd_failed_requests_total",
        kind: .counter,
        help: "Requests to a member of the fleet's etcd that it did not answer well."
    )
    static let etcdTime = Metric(
        name: "busbar_etcd_request_seconds_total",
        kind: .counter,
        help: "Time that the requests to the fleet's etcd took together."
    )

    static let pduOnline = Metric(
        name: "busbar_pdu_online",
        kind: .gauge,
        help: "Whether the PDU answers; absent before it was asked."
    )
    static let pduPollAge = Metric(
        name: "busbar_pdu_poll_age_seconds",
        kind: .gauge,
        help: "How long ago the PDU was last read as a whole."
    )
    static let deviceReads = Metric(
        name: "busbar_device_reads_total",
        kind: .counter,
        help: "Readings that the device answered."
    )
    static let deviceReadTime = Metric(
        name: "busbar_device_read_seconds_total",
        kind: .counter,
        help: "Time that the answered readings took together."
    )
    static let deviceSwitches = Metric(
        name: "busbar_device_switches_total",
        kind: .counter,
        help: "Switches that the device accepted."
    )
    static let deviceSwitchTime = Metric(
        name: "busbar_device_switch_seconds_total",
        kind: .counter,
        help: "Time that the accepted switches took together."
    )
    static let deviceErrors = Metric(
        name: "busbar_device_errors_total",
        kind: .counter,
        help: "Questions and switches that failed, by what went wrong."
    )

    static let outletState = Metric(
        name: "busbar_outlet_state",
        kind: .gauge,
        help: "1 for on, 0 for off, as the device said last; absent before it was read."
    )
    static let outletInfo = Metric(
        name: "busbar_outlet_info",
        kind: .gauge,
        help: "The label of an outlet that has one."
    )

    static let loadState = Metric(
        name: "busbar_load_state",
        kind: .gauge,
        help: "Of a load: 1 for the state that it is in, 0 for the others; absent before every feed was read."
    )
    static let loadOnline = Metric(
        name: "busbar_load_online",
        kind: .gauge,
        help: "Whether every PDU that feeds the load answers; absent before that is known."
    )

    static let wrongCredentials = Metric(
        name: "busbar_web_wrong_credentials_total",
        kind: .counter,
        help: "How often wrong credentials were shown to the page's listener."
    )
    static let eventClients = Metric(
        name: "busbar_web_event_clients",
        kind: .gauge,
        help: "Pages and programs that follow the events."
    )

    /// What is measured, of an outlet or a PDU as a whole.
    static func measured(_ quantity: Quantity, ofOutlet: Bool) -> Metric {
        let unit =
            switch quantity {
            case .current: "current_amperes"
            case .voltage: "voltage_volts"
            case .power: "power_watts"
            case .apparentPower: "apparent_power_voltamperes"
            case .powerFactor: "power_factor_ratio"
            case .energy: "energy_joules_total"
            case .frequency: "frequency_hertz"
            case .temperature: "temperature_celsius"
            case .humidity: "humidity_ratio"
            }
        return Metric(
            name: (ofOutlet ? "busbar_outlet_" : "busbar_pdu_") + unit,
            kind: quantity == .energy ? .counter : .gauge,
            help: "Measured by the device" + (ofOutlet ? " for the outlet." : " as a whole.")
        )
    }

    /// The measurement in Prometheus' base unit.
    static func inBaseUnit(_ value: Double, _ quantity: Quantity) -> Double {
        switch quantity {
        case .energy: value * 3600
        case .humidity: value / 100
        default: value
        }
    }
}
