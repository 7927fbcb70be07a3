import Power

/// Decides which announcements Home Assistant has to be sent: what is new or has changed, what an earlier run has left
/// that is wanted no more, and the way from one form of announcements to the other.
struct DiscoveryLedger: Sendable {
    private enum Device: Hashable {
        case agent
        case pdu(PDUName)
        case load(String)
    }

    let composer: DiscoveryComposer
    /// The PDUs of the configuration.
    private var expected: Set<PDUName>
    /// What is known of each of them.
    private var subjects: [PDUName: DiscoverySubject] = [:]
    /// What was announced of each in this run.
    private var announced: [PDUName: DiscoverySubject] = [:]
    /// The loads of the configuration by name. They change with the settings, and then everything begins anew.
    private let loads: [String: DiscoverySettings.Load]
    /// What an earlier run has left, by the device's identifier.
    private var found: [String: [FoundAnnouncement]] = [:]
    /// Nothing is announced before it is known what the broker has.
    private var hasLooked = false
    private var due: Set<Device> = []
    /// The identifiers of devices that an earlier run has announced and that are wanted no more.
    private var unwanted: [String] = []

    init(composer: DiscoveryComposer, expected: Set<PDUName>) {
        self.composer = composer
        self.expected = composer.settings.form == .withdrawn ? [] : expected
        loads = Dictionary(composer.settings.loads.map { ($0.name, $0) }) { first, _ in first }
    }

    private var names: DiscoveryNames { composer.names }
    private var settings: DiscoverySettings { composer.settings }
    private var isWithdrawn: Bool { settings.form == .withdrawn }

    // MARK: - What comes in

    /// Takes what is known of a PDU now.
    mutating func show(_ newest: DiscoverySubject) {
        guard expected.contains(newest.pdu) else { return }
        var subject = newest
        if let before = subjects[newest.pdu] {
            // A lane that was set up anew knows nothing at first; what was announced stays until it has read.
            if !newest.isRead, newest.outlets.isEmpty { return }
            subject.keepQuantities(of: before)
            if subject == before { return }
        }
        subjects[newest.pdu] = subject
        due.insert(.pdu(newest.pdu))
    }

    /// Takes the PDUs of a changed configuration.
    mutating func expect(_ pdus: Set<PDUName>) {
        guard !isWithdrawn else { return }
        for pdu in expected.subtracting(pdus) {
            subjects[pdu] = nil
            due.insert(.pdu(pdu))
        }
        expected = pdus
    }

    /// Takes something that the broker had kept.
    mutating func find(topic: String, payload: [UInt8]) {
        guard !hasLooked,
            let announcement = FoundAnnouncement(topic: topic, payload: payload, prefix: settings.prefix),
            isOwn(announcement)
        else { return }
        found[announcement.device, default: []].append(announcement)
    }

    /// Everything that the broker had kept was found.
    mutating func finishLooking() {
        guard !hasLooked else { return }
        hasLooked = true
        let wanted =
            isWithdrawn
            ? []
            : Set(expected.map { names.device($0) } + loads.keys.map { names.device(load: $0) } + [names.agentDevice])
        unwanted = found.keys.filter { !wanted.contains($0) }.sorted()
        guard !isWithdrawn else { return }
        due.insert(.agent)
        due.formUnion(loads.keys.map(Device.load))
    }

    /// A broker that was away may have lost everything it had kept.
    mutating func reconnect() {
        found = [:]
        renew()
    }

    /// Everything has to be announced again: the broker, or Home Assistant, may have lost it.
    mutating func renew() {
        guard !isWithdrawn else { return }
        due.insert(.agent)
        due.formUnion(loads.keys.map(Device.load))
        for pdu in subjects.keys { due.insert(.pdu(pdu)) }
    }

    private func isOwn(_ announcement: FoundAnnouncement) -> Bool {
        if announcement.device == names.agentDevice { return true }
        guard announcement.device.hasPrefix(names.prefix) || announcement.device.hasPrefix(names.loadPrefix) else {
            return false
        }
        return settings.isSole || announcement.viaDevice == names.agentDevice
    }

    // MARK: - What goes out

    /// The messages for one more device, in order; nothing when there is none left.
    mutating func next() -> [DiscoveryMessage]? {
        guard hasLooked else { return nil }
        if let gone = unwanted.popLast() { return change(of: gone, from: nil, to: nil) }
        // The agent's device first, as the others are reached through it.
        guard let device = due.remove(.agent) ?? due.popFirst() else { return nil }
        switch device {
        case .agent:
            return change(of: names.agentDevice, from: nil, to: composer.agent())
        case .load(let name):
            guard let load = loads[name] else { return [] }
            return change(of: names.device(load: name), from: nil, to: composer.load(load))
        case .pdu(let pdu):
            let id = names.device(pdu)
            guard let subject = subjects[pdu] else {
                let before = announced.removeValue(forKey: pdu).map(composer.plan)
                return change(of: id, from: before, to: nil)
            }
            // As long as the device was not read, an earlier run may have known it better.
            if !subject.isRead, announced[pdu] == nil, found[id] != nil { return [] }
            let before = announced.updateValue(subject, forKey: pdu).map(composer.plan)
            return change(of: id, from: before, to: composer.plan(subject))
        }
    }

    private mutating func change(
        of id: String,
        from before: DiscoveryPlan?,
        to plan: DiscoveryPlan?
    ) -> [DiscoveryMessage] {
        let left = found.removeValue(forKey: id) ?? []
        switch settings.form {
        case .device: return changeDevice(id, left, before, plan)
        case .components: return changeEntities(id, left, before, plan)
        case .withdrawn: return left.map(\.topic).sorted().map(DiscoveryMessage.clearing)
        }
    }

    private func changeDevice(
        _ id: String,
        _ left: [FoundAnnouncement],
        _ before: DiscoveryPlan?,
        _ plan: DiscoveryPlan?
    ) -> [DiscoveryMessage] {
        let topic = deviceTopic(id)
        let single = left.filter { $0.entities == nil }.map(\.topic).sorted()
        guard let plan else {
            let wasThere = before != nil || left.contains { $0.topic == topic }
            return ((wasThere ? [topic] : []) + single).map(DiscoveryMessage.clearing)
        }
        var messages = single.map(Self.migration)
        var gone = before?.platforms ?? [:]
        for announcement in left where announcement.topic == topic {
            gone.merge(announcement.entities ?? [:]) { first, _ in first }
        }
        for key in plan.platforms.keys { gone[key] = nil }
        if !gone.isEmpty {
            let payload = DiscoveryPayload.device(plan, removing: gone)
            messages.append(DiscoveryMessage(topic: topic, payload: payload, isRetained: false))
        }
        messages.append(DiscoveryMessage(topic: topic, payload: DiscoveryPayload.device(plan)))
        return messages + single.map(DiscoveryMessage.clearing)
    }

    private func changeEntities(
        _ id: String,
        _ left: [FoundAnnouncement],
        _ before: DiscoveryPlan?,
        _ plan: DiscoveryPlan?
    ) -> [DiscoveryMessage] {
        let whole = left.filter { $0.entities != nil }.map(\.topic)
        let wanted = (plan?.entities ?? []).map(entityTopic)
        var gone = Set((before?.entities ?? []).map(entityTopic)).union(left.map(\.topic))
        gone.subtract(wanted)
        var messages = plan == nil ? [] : whole.map(Self.migration)
        if let plan {
            messages += plan.entities.map { entity in
                DiscoveryMessage(topic: entityTopic(entity), payload: DiscoveryPayload.entity(entity, of: plan))
            }
        }
        return messages + gone.sorted().map(DiscoveryMessage.clearing)
    }

    private func deviceTopic(_ id: String) -> String { "\(settings.prefix)/device/\(id)/config" }

    private func entityTopic(_ entity: DiscoveryEntity) -> String {
        "\(settings.prefix)/\(entity.platform.rawValue)/\(entity.uniqueID)/config"
    }

    private static func migration(_ topic: String) -> DiscoveryMessage {
        DiscoveryMessage(topic: topic, payload: DiscoveryPayload.migration, isRetained: false)
    }
}
