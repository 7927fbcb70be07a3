import Agent
import Foundation
import Power

/// Turns what is known of a PDU into the device and the entities that Home Assistant shows.
struct DiscoveryComposer: Sendable {
    let settings: DiscoverySettings
    let topics: TopicMap
    let names: DiscoveryNames
    /// The outlets that are shown among the diagnostics, because a load stands for them.
    private let feeds: Set<OutletID>

    init(settings: DiscoverySettings, topics: TopicMap) {
        self.settings = settings
        self.topics = topics
        names = DiscoveryNames(base: topics.base, agent: settings.agent)
        feeds = settings.showsFeeds ? [] : Set(settings.loads.flatMap(\.feeds))
    }

    /// The fields of a message, for templates. A topic that is cleared has none, and `value_json` is not there then: Home
    /// Assistant's log would have an error for each entity of a PDU that leaves.
    private static let fields = "(value_json | default({}))"

    private var origin: DiscoveryOrigin { DiscoveryOrigin(softwareVersion: settings.version) }
    private var agentAvailability: DiscoveryAvailability {
        DiscoveryAvailability(topic: topics.availability(agent: settings.agent))
    }

    /// The agent itself, which every PDU is reached through.
    func agent() -> DiscoveryPlan {
        let id = names.agentDevice
        var connection = entity(.binarySensor, "connection", "Connection", of: id)
        connection.deviceClass = "connectivity"
        connection.category = "diagnostic"
        connection.stateTopic = topics.availability(agent: settings.agent)
        connection.payloadOn = "online"
        connection.payloadOff = "offline"
        var online = entity(.sensor, "online", "PDUs online", of: id)
        online.stateClass = "measurement"
        online.category = "diagnostic"
        online.stateTopic = topics.info(agent: settings.agent)
        online.valueTemplate = "{{ \(Self.fields).online | default(none) }}"
        online.availability = [agentAvailability]
        return DiscoveryPlan(
            device: DiscoveryDevice(
                identifiers: [id],
                name: "Busbar \(settings.agent)",
                manufacturer: "Busbar",
                model: "Agent",
                softwareVersion: settings.version
            ),
            origin: origin,
            // The connection has to be seen while there is none.
            availability: [],
            entities: [connection, online]
        )
    }

    /// A load: one switch and one button for everything that feeds it.
    func load(_ load: DiscoverySettings.Load) -> DiscoveryPlan {
        let id = names.device(load: load.name)
        let command = "\(topics.base)/load/\(load.name)/set"
        var relay = entity(.switch, "power", "Power", of: id)
        relay.deviceClass = "outlet"
        relay.stateTopic = topics.state(load: load.name)
        // What has power on one feed is not off.
        relay.valueTemplate = "{{ 'OFF' if value == 'OFF' else 'ON' }}"
        relay.commandTopic = command
        relay.payloadOn = PowerState.on.rawValue
        relay.payloadOff = PowerState.off.rawValue
        relay.quality = 1
        relay.retain = false
        var mixed = entity(.binarySensor, "mixed", "Feeds differ", of: id)
        mixed.deviceClass = "problem"
        mixed.category = "diagnostic"
        mixed.stateTopic = topics.state(load: load.name)
        mixed.valueTemplate = "{{ 'ON' if value == 'MIXED' else 'OFF' }}"
        var entities = [relay, mixed]
        if load.canCycle {
            var cycle = entity(.button, "cycle", "Cycle", of: id)
            cycle.deviceClass = "restart"
            cycle.commandTopic = command
            cycle.payloadPress = Action.cycle.rawValue
            cycle.quality = 1
            cycle.retain = false
            entities.append(cycle)
        }
        return DiscoveryPlan(
            device: DiscoveryDevice(
                identifiers: [id],
                name: load.label ?? load.name,
                manufacturer: "Busbar",
                model: "Load",
                viaDevice: names.agentDevice
            ),
            origin: origin,
            availability: [agentAvailability, DiscoveryAvailability(topic: topics.availability(load: load.name))],
            entities: entities
        )
    }

    /// A PDU with its outlets and its measurements.
    func plan(_ subject: DiscoverySubject) -> DiscoveryPlan {
        let id = names.device(subject.pdu)
        var entities = diagnostics(of: subject, id)
        entities += sensors(subject.quantities, from: topics.telemetry(subject.pdu), of: id, key: "", name: nil)
        for outlet in subject.outlets { entities += self.entities(of: outlet, subject, id) }
        return DiscoveryPlan(
            device: DiscoveryDevice(
                identifiers: [id],
                name: subject.label ?? subject.pdu.rawValue,
                manufacturer: subject.driver == "energenie" ? "EnerGenie" : nil,
                model: subject.model,
                softwareVersion: subject.firmware,
                serialNumber: subject.serial,
                suggestedArea: subject.location,
                configurationURL: subject.configurationURL.flatMap(Self.webAddress),
                viaDevice: names.agentDevice
            ),
            origin: origin,
            availability: [agentAvailability, DiscoveryAvailability(topic: topics.availability(subject.pdu))],
            entities: entities
        )
    }

    private func entities(
        of outlet: DiscoverySubject.Outlet,
        _ subject: DiscoverySubject,
        _ id: String
    ) -> [DiscoveryEntity] {
        let pdu = subject.pdu
        let outletID = OutletID(pdu: pdu, outlet: outlet.number)
        let name = outlet.label ?? "Outlet \(outlet.number)"
        let command = "\(topics.base)/pdu/\(pdu)/outlet/\(outlet.number)/set"
        var relay = entity(.switch, "\(outlet.number)", name, of: id)
        relay.deviceClass = "outlet"
        relay.stateTopic = topics.state(outletID)
        relay.commandTopic = command
        relay.payloadOn = PowerState.on.rawValue
        relay.payloadOff = PowerState.off.rawValue
        relay.quality = 1
        relay.retain = false
        relay.category = feeds.contains(outletID) ? "diagnostic" : nil
        var entities = [relay]
        if outlet.canCycle {
            let key = "\(outlet.number)_cycle"
            var cycle = entity(.button, key, "\(name) cycle", of: id)
            cycle.deviceClass = "restart"
            cycle.commandTopic = command
            cycle.payloadPress = Action.cycle.rawValue
            cycle.quality = 1
            cycle.retain = false
            cycle.category = relay.category
            entities.append(cycle)
        }
        entities += sensors(
            outlet.quantities,
            from: subject.isMeasuredTogether ? topics.telemetry(pdu) : topics.telemetry(outletID),
            fields: subject.isMeasuredTogether
                ? "(\(Self.fields).outlets | default({})).get('\(outlet.number)', {})" : Self.fields,
            of: id,
            key: "\(outlet.number)_",
            name: name
        )
        return entities
    }

    private func entity(
        _ platform: DiscoveryEntity.Platform,
        _ key: String,
        _ name: String,
        of device: String
    ) -> DiscoveryEntity {
        DiscoveryEntity(platform, key: key, name: name, uniqueID: names.entity(key, of: device))
    }

    private func sensors(
        _ quantities: Set<Quantity>,
        from topic: String,
        fields: String = Self.fields,
        of id: String,
        key prefix: String,
        name: String?
    ) -> [DiscoveryEntity] {
        Quantity.allCases.filter(quantities.contains).map { quantity in
            let presentation = quantity.presentation
            let key = prefix + quantity.rawValue
            let words = name.map { "\($0) \(presentation.words)" } ?? presentation.words.capitalizedFirst
            var sensor = entity(.sensor, key, words, of: id)
            sensor.deviceClass = presentation.deviceClass
            sensor.stateClass = presentation.stateClass
            sensor.unit = presentation.unit
            sensor.precision = presentation.precision
            sensor.stateTopic = topic
            // What one reading lacks is unknown then, rather than an error in Home Assistant's log.
            sensor.valueTemplate = "{{ \(fields).\(quantity.rawValue) | default(none) }}"
            return sensor
        }
    }

    /// What must be visible also while the PDU is offline, so only the agent has to be there.
    private func diagnostics(of subject: DiscoverySubject, _ id: String) -> [DiscoveryEntity] {
        var connection = entity(.binarySensor, "connection", "Connection", of: id)
        connection.deviceClass = "connectivity"
        connection.stateTopic = topics.availability(subject.pdu)
        connection.payloadOn = "online"
        connection.payloadOff = "offline"
        var problem = entity(.binarySensor, "problem", "Problem", of: id)
        problem.deviceClass = "problem"
        problem.stateTopic = topics.info(subject.pdu)
        problem.valueTemplate =
            "{{ 'ON' if \(Self.fields).problem is defined or \(Self.fields).warnings is defined else 'OFF' }}"
        problem.attributesTopic = topics.info(subject.pdu)
        problem.attributesTemplate =
            "{{ {'problem': \(Self.fields).problem | default(none), 'warnings': \(Self.fields).warnings | default([])}"
            + " | tojson }}"
        return [connection, problem].map { entity in
            var entity = entity
            entity.category = "diagnostic"
            entity.availability = [agentAvailability]
            return entity
        }
    }

    /// The address when Home Assistant would take it; it refuses a whole device for one that it does not.
    private static func webAddress(_ text: String) -> String? {
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme?.lowercased() ?? ""),
            let host = url.host(), !host.isEmpty
        else { return nil }
        return text
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
