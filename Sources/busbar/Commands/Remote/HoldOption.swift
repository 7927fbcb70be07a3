import ArgumentParser

/// The option of the commands that may go back after a while.
struct HoldOption: ParsableArguments {
    @Option(name: .customLong("for"), help: "Go back after so many seconds.")
    var holdTime: Double?

    func validate() throws {
        if let holdTime, !(0.1...86_400).contains(holdTime) {
            throw ValidationError("--for must be 0.1 to 86400 seconds")
        }
    }
}
