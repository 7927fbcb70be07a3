public import MQTTClient
public import Power

extension TopicMap {
    /// Everything that an agent subscribes to.
    ///
    /// - Parameters:
    ///   - discovery: how it announces to Home Assistant, where it does.
    ///   - hasLoads: whether it has loads, so that it has to hear commands for them.
    ///   - hasUsers: whether users are configured, so that it has to hear what comes on topics of their own.
    ///   - shared: the PDUs of a fleet that the agent owns, and those that it is next for; nothing without a fleet, where
    ///     it hears the commands for all PDUs.
    ///   - isLooking: whether it still has to find what an earlier run has announced.
    public func subscriptions(
        agent: String,
        discovery: DiscoverySettings? = nil,
        hasLoads: Bool = true,
        hasUsers: Bool = false,
        shared: (owned: Set<PDUName>, next: Set<PDUName>)? = nil,
        isLooking: Bool = true
    ) -> [Subscription] {
        // With the flag as published, a command that is sent retained shows it even to an agent that is connected,
        // so it is refused now and not only when it comes back at the next connection.
        let filters =
            if let shared {
                filters(agent: agent).filter { !$0.hasPrefix("\(base)/pdu/+/") && !$0.hasPrefix("\(base)/user/+/pdu/") }
                    + shared.owned.sorted().flatMap(ownerFilters)
                    + shared.next.subtracting(shared.owned).sorted().flatMap(nextFilters)
            } else {
                filters(agent: agent)
            }
        var subscriptions = filters.map { filter in
            // Who else is there is good to know, and no reason not to switch.
            let isRequired =
                filter != agentsFilter && (filter != loadsFilter || hasLoads)
                && (!filter.hasPrefix("\(base)/user/") || hasUsers)
            return Subscription(filter, retainAsPublished: true, isRequired: isRequired)
        }
        guard let discovery else { return subscriptions }
        subscriptions.append(Subscription(discovery.statusTopic, retainHandling: .never, isRequired: false))
        if isLooking {
            // A broker may drop what waits with QoS 1 when it is very much; with QoS 0 it sends everything it has.
            subscriptions.append(Subscription(discovery.announcementFilter, qos: .atMostOnce, isRequired: false))
        }
        return subscriptions
    }
}
