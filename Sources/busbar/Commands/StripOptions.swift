import ArgumentParser
import Discovery
import EnerGenieDriver

/// What opens EnerGenie strips, on the command line.
struct StripOptions: ParsableArguments {
    @Option(help: "A file that holds the password of an EnerGenie strip, or the variable BUSBAR_PASSWORD.")
    var passwordFile: String?

    @Option(help: "The TCP port of its web page.")
    var webPort = EnerGenieEndpoint.webPort

    @Option(help: "The TCP port of its native protocol.")
    var nativePort = EnerGenieEndpoint.nativePort

    /// Adds where the password comes from.
    func note(in places: inout SecretPlaces) {
        places.password = SecretArgument.place(passwordFile, variable: "BUSBAR_PASSWORD")
    }

    /// The password, where one was given.
    func password() throws -> EnerGeniePassword? {
        guard let text = try SecretArgument.read(passwordFile, variable: "BUSBAR_PASSWORD") else { return nil }
        guard let password = EnerGeniePassword(text) else {
            throw ValidationError("the password has characters that an EnerGenie does not know")
        }
        return password
    }
}
