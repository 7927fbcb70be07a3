import Foundation
import Power

extension CommandResult: Decodable {
    /// Reads an answer as it was published.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decodeIfPresent(String.self, forKey: .id)
        pdu = try container.decode(String.self, forKey: .pdu)
        outlet = try container.decode(OutletLevel.self, forKey: .outlet)
        action = try container.decodeIfPresent(String.self, forKey: .action).flatMap(Action.init(rawValue:))
        guard let status = Outcome.Status(rawValue: try container.decode(String.self, forKey: .status)) else {
            throw DecodingError.dataCorruptedError(forKey: .status, in: container, debugDescription: "not a status")
        }
        self.status = status
        state = try container.decodeIfPresent(String.self, forKey: .state).flatMap(PowerState.init(rawValue:))
        error = try container.decodeIfPresent(Problem.self, forKey: .error)
        by = try container.decodeIfPresent(String.self, forKey: .by)
        user = try container.decodeIfPresent(String.self, forKey: .user)
        door = (try container.decodeIfPresent(String.self, forKey: .door)).flatMap(Door.init(rawValue:))
        receivedAt = try container.decodeTime(forKey: .receivedAt)
        finishedAt = try container.decodeTime(forKey: .finishedAt)
        queuedMilliseconds = try container.decodeIfPresent(Double.self, forKey: .queuedMilliseconds)
        deviceMilliseconds = try container.decodeIfPresent(Double.self, forKey: .deviceMilliseconds)
        plan = nil
    }
}

extension OutletLevel: Decodable {
    /// Reads a number or text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self), let outlet = OutletNumber(number) {
            self = .number(outlet)
        } else {
            self = OutletLevel(topicLevel: Substring(try container.decode(String.self)))
        }
    }
}
