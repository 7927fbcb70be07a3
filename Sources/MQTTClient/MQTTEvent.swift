/// What a client tells its owner, in the order in which it happened.
public enum MQTTEvent: Sendable, Hashable {
    /// The broker let us in. Everything retained is to be published again, since the broker may have lost it.
    ///
    /// `sessionPresent` says whether the broker still had the session, with its subscriptions.
    case connected(sessionPresent: Bool)
    /// The broker has granted every subscription; told once per connection, and again after `setSubscriptions`.
    case subscriptionsGranted
    /// The broker refused a subscription. It is asked for again, with growing delays; told when the reason changes.
    case subscriptionRefused(Subscription, MQTTError)
    /// A message arrived.
    case message(IncomingMessage)
    /// An established connection was lost; another is being sought.
    case disconnected(MQTTError)
}
