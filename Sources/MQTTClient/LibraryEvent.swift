/// What libmosquitto told in its callbacks.
enum LibraryEvent: Sendable {
    /// The broker's answer to the greeting; 0 is a welcome, everything else the reason why not.
    case greeted(reason: Int32, sessionPresent: Bool, limits: BrokerLimits)
    case message(IncomingMessage)
    /// A message of QoS 0 was written, or one of QoS 1 acknowledged; from 128 on the reason is a refusal.
    case published(packet: Int32, reason: Int32)
    /// The answers to a subscription, filter by filter; from 128 on they are refusals.
    case subscribed(packet: Int32, reasons: [Int32])
    /// The connection has ended; from 128 on the number is the broker's reason, below it libmosquitto's.
    case disconnected(reason: Int32)
}
