public import Power

/// A device that is switched and read by programs of the site's own.
public struct CommandDriverConfiguration: Sendable, Hashable {
    /// A program's path, and its arguments with places for the outlet. No shell ever sees them.
    public struct Program: Sendable, Hashable {
        /// The path of the executable.
        public var path: String
        /// The arguments, each handed over as one, whatever is in it.
        public var arguments: [OutletTemplate]

        /// A program with its arguments.
        public init(path: String, arguments: [OutletTemplate]) {
            self.path = path
            self.arguments = arguments
        }
    }

    /// The PDU's name, for messages.
    public var name: String
    /// The outlets there are; a program cannot be asked for that.
    public var outlets: Set<OutletNumber>
    /// Switches an outlet on.
    public var on: Program
    /// Switches an outlet off.
    public var off: Program
    /// Prints an outlet's state.
    public var state: Program
    /// The words by which it says so.
    public var words: StateWords
    /// How long one run may take.
    public var limit: Duration
    /// How often a read without an answer is repeated. A switch never is.
    public var retries: Int

    /// A configuration.
    public init(
        name: String,
        outlets: Set<OutletNumber>,
        on: Program,
        off: Program,
        state: Program,
        words: StateWords,
        limit: Duration = .seconds(10),
        retries: Int = 0
    ) {
        self.name = name
        self.outlets = outlets
        self.on = on
        self.off = off
        self.state = state
        self.words = words
        self.limit = limit
        self.retries = retries
    }
}
