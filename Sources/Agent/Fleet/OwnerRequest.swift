public import Foundation
public import Power

/// A command that an agent of a fleet has for something that another one owns: a member of a group, for example. Rights were
/// checked by the agent that asks.
public struct OwnerRequest: Sendable, Codable, Equatable {
    /// Whom the command is for.
    public enum Target: Sendable, Codable, Equatable {
        case outlet(OutletID)
        /// All outlets of a PDU.
        case all(pdu: String)
        /// A load, with the PDU whose owner leads it.
        case load(String, lead: String)
        /// A message that the PDU's owner may have missed, and that the agent next in line has held.
        case missed(MissedMessage, pdu: String)
    }

    /// Whom it is for.
    public var target: Target
    /// The command.
    public var command: Command
    /// When it arrived, by the asking agent's clock.
    public var receivedTime: Date
    /// Not started by then, it is expired.
    public var expires: Date?
    /// What it is a part of, as `group/rack-a`.
    public var source: String?

    /// The PDU whose owner carries it out.
    public var pdu: String {
        switch target {
        case .outlet(let outlet): outlet.pdu.rawValue
        case .all(let pdu): pdu
        case .load(_, let lead): lead
        case .missed(_, let pdu): pdu
        }
    }

    /// How long it may wait for its PDU to have an owner, and how long it may last in all.
    var patience: Duration { (command.delay ?? .zero) + (command.limit ?? .seconds(15)) }
    /// How long it is kept for whoever owns the PDU.
    public var lifetime: Duration { patience + (command.holdTime ?? command.offTime ?? .zero) + .seconds(900) }

    /// When it arrived, by this agent's clock; a clock that differs makes it no younger than it is.
    func arrival(at now: Now) -> Now {
        let since = min(0, receivedTime.timeIntervalSince(now.wallTime))
        return Now(moment: now.moment + .seconds(since), wallTime: receivedTime)
    }
}

/// A message with a command, as the broker has brought it to the agent that has held it.
public struct MissedMessage: Sendable, Codable, Equatable {
    var topic: String
    var payload: [UInt8]
    var responseTopic: String?
    var correlationData: [UInt8]?
    /// How long it is good for, from its arrival.
    var expiry: Duration?
    /// The user properties' names and values, in turn.
    var userProperties: [String]
    /// Whether a later command for the same was carried out.
    var isOvertaken: Bool

    init(_ held: GapDesk.Held) {
        let delivery = held.delivery
        topic = delivery.topic
        payload = delivery.payload
        responseTopic = delivery.responseTopic
        correlationData = delivery.correlationData
        expiry = delivery.expiry
        userProperties = delivery.userProperties.flatMap { [$0.name, $0.value] }
        isOvertaken = held.isOvertaken
    }

    /// The message, for the agent that missed it.
    ///
    /// - Parameter arrived: when it came to the agent that has held it.
    func delivery(arrived: Now) -> Delivery {
        var delivery = Delivery(
            topic: topic,
            payload: payload,
            responseTopic: responseTopic,
            correlationData: correlationData,
            expiry: expiry,
            userProperties: stride(from: 1, to: userProperties.count, by: 2).map {
                (userProperties[$0 - 1], userProperties[$0])
            }
        )
        delivery.arrived = arrived
        delivery.isOvertaken = isOvertaken
        return delivery
    }
}

/// How a command ended that another agent has carried out.
public enum OwnerAnswer: Sendable, Codable {
    case outlet(CommandResult)
    case all(GroupResult)
    case load(LoadResult)
    /// The owner has a message that it had missed; what becomes of it, everybody hears.
    case taken
}

/// What became of asking.
public enum OwnerReply: Sendable {
    case answered(OwnerAnswer)
    /// Nobody owned the PDU in the command's time, and nobody will carry it out any more.
    case unowned
    /// It could not be asked, or nobody can tell how it ended.
    case failed(Outcome)
}
