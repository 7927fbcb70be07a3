public import Foundation

/// How a command ended, whatever it was for.
public enum CommandAnswer: Sendable, Encodable {
    /// One outlet.
    case outlet(CommandResult)
    /// A group, or a PDU as a whole.
    case group(GroupResult)
    /// A load.
    case load(LoadResult)

    /// The sender's name for the command.
    public var id: String? {
        switch self {
        case .outlet(let result): result.id
        case .group(let result): result.id
        case .load(let result): result.id
        }
    }

    /// How it ended.
    public var status: Outcome.Status {
        switch self {
        case .outlet(let result): result.status
        case .group(let result): result.status
        case .load(let result): result.status
        }
    }

    /// What went wrong.
    public var error: CommandResult.Problem? {
        switch self {
        case .outlet(let result): result.error
        case .group(let result): result.error
        case .load(let result): result.error
        }
    }

    /// What the command was for.
    public var target: CommandTarget {
        switch self {
        case .outlet(let result): .outlet(pdu: result.pdu, result.outlet)
        case .group(let result):
            switch result.target {
            case .group(let name): .group(name)
            case .pdu(let name): .outlet(pdu: name, .all)
            }
        case .load(let result): .load(result.load)
        }
    }

    /// For a dry run: how long the command would take, in seconds; of a group, until the last of it.
    public var plannedDuration: Double {
        switch self {
        case .outlet(let result): result.plan?.duration ?? 0
        case .group(let result):
            (result.outlets.compactMap { $0.plan?.duration } + result.loads.compactMap { $0.plan?.duration }).max() ?? 0
        case .load(let result): result.plan?.duration ?? 0
        }
    }

    /// Writes the keys of the contract.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .outlet(let result): try result.encode(to: encoder)
        case .group(let result): try result.encode(to: encoder)
        case .load(let result): try result.encode(to: encoder)
        }
    }
}

extension CommandAnswer {
    /// The answer that nothing of the command itself has led to: it was refused, or nothing was heard of it.
    ///
    /// - Parameters:
    ///   - problem: what is said of it.
    ///   - command: what was asked for, as far as it could be read.
    public init(
        _ status: Outcome.Status,
        _ problem: CommandResult.Problem,
        for target: CommandTarget,
        _ command: Command?,
        id: String?,
        receivedAt: Date,
        finishedAt: Date
    ) {
        switch target {
        case .outlet(let pdu, .all): self = .group(of: .pdu(pdu), status, problem, command, id, receivedAt, finishedAt)
        case .outlet(let pdu, let outlet):
            self = .outlet(
                CommandResult(
                    id: id,
                    pdu: pdu,
                    outlet: outlet,
                    action: command?.action,
                    status: status,
                    error: problem,
                    by: command?.by,
                    user: command?.user,
                    door: command?.door,
                    receivedAt: receivedAt,
                    finishedAt: finishedAt
                )
            )
        case .group(let name): self = .group(of: .group(name), status, problem, command, id, receivedAt, finishedAt)
        case .load(let name):
            self = .load(
                LoadResult(
                    load: name,
                    id: id,
                    action: command?.action,
                    status: status,
                    error: problem,
                    by: command?.by,
                    user: command?.user,
                    door: command?.door,
                    receivedAt: receivedAt,
                    finishedAt: finishedAt,
                    feeds: []
                )
            )
        }
    }

    private static func group(
        of target: GroupResult.Target,
        _ status: Outcome.Status,
        _ problem: CommandResult.Problem,
        _ command: Command?,
        _ id: String?,
        _ receivedAt: Date,
        _ finishedAt: Date
    ) -> CommandAnswer {
        .group(
            GroupResult(
                target: target,
                id: id,
                action: command?.action,
                status: status,
                error: problem,
                by: command?.by,
                user: command?.user,
                door: command?.door,
                receivedAt: receivedAt,
                finishedAt: finishedAt,
                outlets: []
            )
        )
    }
}
