import Foundation

/// When an outlet last changed, and by whom.
struct LastChange: Sendable, Equatable {
    var at: Date
    /// Whether a command of this agent did it; otherwise somebody at the device, or another master. Nothing where that is not
    /// known.
    var isOwn: Bool?
    /// Who gave the command, as far as the sender said.
    var by: String?
    /// Who the sender proved to be.
    var user: String?
}
