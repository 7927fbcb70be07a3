/// The page on which a device shows its states: which one differs with the firmware.
struct StatusPath: Sendable, Equatable {
    /// The page to ask for.
    private(set) var path = "/energenie.html"
    private var isSettled = false

    /// The other page, as long as none has shown states yet.
    var alternative: String? {
        if isSettled { nil } else { path == "/" ? "/energenie.html" : "/" }
    }

    /// Notes a page that showed states.
    mutating func settle(on path: String) {
        self.path = path
        isSettled = true
    }
}
