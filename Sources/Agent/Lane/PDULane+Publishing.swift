import Logging
import Power

/// What is retained at the broker about one PDU.
extension PDULane {
    func tellAvailability(_ condition: DeviceHealth.Condition) {
        switch condition {
        case .unknown: return
        case .online:
            logger.notice("online")
            publisher.publish(availability: true, of: pdu)
            publisher.tell(.availability(pdu, isOnline: true, reason: nil))
            // The first information waits for what the device says of itself, which is asked for next.
            if description == nil { return }
        case .offline(_, let reason):
            logger.warning("offline", metadata: ["error": "\(reason)"])
            publisher.publish(availability: false, of: pdu)
            publisher.tell(.availability(pdu, isOnline: false, reason: reason.message))
        }
        publishInfo()
    }

    /// Publishes everything retained again: to a broker that may have lost its store.
    func republish() {
        switch schedule.health.condition {
        case .unknown: break
        case .online: publisher.publish(availability: true, of: pdu)
        case .offline: publisher.publish(availability: false, of: pdu)
        }
        publishInfo()
        for (number, queue) in schedule.outlets {
            guard let state = queue.state else { continue }
            publisher.publish(state: state, of: OutletID(pdu: pdu, outlet: number))
        }
        telemetry.forget()
        if let lastReading { publishTelemetry(lastReading) }
    }

    /// Clears everything retained of a PDU that is no more.
    func clearRetained() {
        let topics = publisher.topics
        publisher.retain(topics.availability(pdu), [])
        publisher.retain(topics.info(pdu), [])
        publisher.retain(topics.telemetry(pdu), [])
        for number in schedule.outlets.keys { clearRetained(of: number) }
    }

    func clearRetained(of number: OutletNumber) {
        let outlet = OutletID(pdu: pdu, outlet: number)
        publisher.retain(publisher.topics.state(outlet), [])
        publisher.retain(publisher.topics.telemetry(outlet), [])
        telemetry.forget(number)
    }

    func publishInfo() {
        var problem: String?
        if case .offline(_, let reason) = schedule.health.condition { problem = reason.message }
        let info = DeviceInfo(
            rules: schedule.rules,
            description: description,
            outlets: schedule.outlets.keys,
            problem: problem,
            warnings: lastReading?.warnings ?? []
        )
        publisher.publish(info: info, of: pdu)
        if let discovery = publisher.discovery, discovery.isAnnouncing { discovery.show(snapshot) }
    }

    func take(_ raw: DeviceReading) {
        let reading = publisher.counted(raw, of: pdu)
        let before = lastReading
        lastReading = reading
        let hasNewWarnings = reading.warnings != before?.warnings ?? []
        if hasNewWarnings, reading.warnings.isEmpty {
            logger.notice("the device complains no more")
        } else if hasNewWarnings {
            logger.warning("the device complains", metadata: ["warnings": "\(reading.warnings)"])
        }
        // The first information waits for what the device says of itself, which is asked for next.
        if description != nil, hasNewWarnings || !(before.map(reading.answersTheSame) ?? false) { publishInfo() }
        publishTelemetry(reading)
        publisher.tell(.reading(pdu, reading))
    }

    private func publishTelemetry(_ reading: DeviceReading) {
        for (number, values) in telemetry.due(reading, schedule.rules.telemetry, at: timekeeper.now) {
            let topics = publisher.topics
            let topic = number.map { topics.telemetry(OutletID(pdu: pdu, outlet: $0)) } ?? topics.telemetry(pdu)
            publisher.publish(telemetry: values, to: topic)
        }
    }
}
