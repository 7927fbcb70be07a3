import Agent
import AgentConfiguration
import EnerGenieDriver
import Foundation
import GenericDriver
import Logging
import NIOPosix
import Power
import SNMPClient
import SNMPDriver

/// Makes drivers out of what the configuration says.
struct DriverFactory: Sendable {
    /// Why a PDU's driver cannot be set up.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    let engine: SNMPEngine
    let strips: EnerGenieDrivers
    let generic: GenericDrivers
    let directory: String
    let logger: Logger
    private let models = ModelShelf()

    /// A factory with what drivers share; model files are looked for beside the configuration file.
    init(path: String, logger: Logger) {
        engine = SNMPEngine(logger: logger)
        strips = EnerGenieDrivers(on: MultiThreadedEventLoopGroup.singleton, logger: logger)
        generic = GenericDrivers(on: MultiThreadedEventLoopGroup.singleton, logger: logger)
        directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        self.logger = logger
    }

    /// Frees what the drivers shared, after the last of them.
    func shutDown() async {
        await engine.close()
        await strips.shutDown()
        await generic.shutDown()
    }

    /// The blueprint of a PDU's lane.
    func blueprint(_ pdu: PDUSettings) throws(Problem) -> LaneBlueprint {
        let make = try maker(pdu)
        var rules = LaneRules(pdu: pdu.name, traits: make().traits)
        rules.adopt(pdu)
        return LaneBlueprint(
            rules: rules,
            fingerprint: try fingerprint(pdu),
            writeWindow: Self.writeWindow(pdu),
            makeDriver: make
        )
    }

    /// For how long requests of one write may leave: the time of all its tries. What is more than the longest is tried again
    /// with another permit.
    private static func writeWindow(_ pdu: PDUSettings) -> Duration {
        let tries =
            switch pdu.driver {
            case .snmp: 1 + pdu.retries
            // A switch is one request, which is sent once.
            case .energenie, .command, .http: 1
            }
        return min(max(pdu.timeout * tries, .seconds(1)), .seconds(30))
    }

    /// Differs when a site's own model file says something else than before.
    private func fingerprint(_ pdu: PDUSettings) throws(Problem) -> Int {
        guard case .snmp(let settings) = pdu.driver, case .model(.file(let file), _) = settings.objects else {
            return 0
        }
        return try Self.modelFile(file, pdu, directory: directory).text.hashValue
    }

    private static func modelFile(
        _ file: String,
        _ pdu: PDUSettings,
        directory: String
    ) throws(Problem) -> (path: String, text: String) {
        let path = URL(fileURLWithPath: file, relativeTo: URL(fileURLWithPath: directory)).path
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else {
            throw Problem(description: "pdus \(pdu.name): the model file \(path) cannot be read")
        }
        return (path, text)
    }

    private func maker(_ pdu: PDUSettings) throws(Problem) -> @Sendable () -> any PDUDriver {
        switch pdu.driver {
        case .energenie(let settings): try energenie(pdu, settings)
        case .snmp(let settings): try snmp(pdu, settings)
        case .command(let settings):
            try generic(pdu, settings.words) { [generic] words in
                generic.command(CommandDriverConfiguration(pdu, settings, words: words))
            }
        case .http(let settings):
            try generic(pdu, settings.words) { [generic] words in
                generic.http(HTTPDriverConfiguration(pdu, settings, words: words))
            }
        }
    }

    private func generic(
        _ pdu: PDUSettings,
        _ settings: StateWordSettings,
        make: @escaping @Sendable (StateWords) -> any PDUDriver
    ) throws(Problem) -> @Sendable () -> any PDUDriver {
        guard let words = StateWords(on: settings.on, off: settings.off) else {
            throw Problem(description: "pdus \(pdu.name): the words for on and off are the same")
        }
        return { make(words) }
    }

    private func energenie(
        _ pdu: PDUSettings,
        _ settings: EnerGenieSettings
    ) throws(Problem) -> @Sendable () -> any PDUDriver {
        func endpoint(_ port: Int) throws(Problem) -> EnerGenieEndpoint {
            if let endpoint = EnerGenieEndpoint(host: pdu.host, port: port) { return endpoint }
            throw Problem(description: "pdus \(pdu.name): '\(pdu.host)' is not a host's name or address")
        }
        guard let password = EnerGeniePassword(settings.password.reveal()) else {
            throw Problem(description: "pdus \(pdu.name): the password has characters that an EnerGenie does not know")
        }
        let isWeb = settings.transport == .http
        let web = EnerGenieWebConfiguration(
            endpoint: try endpoint(isWeb ? pdu.port : EnerGenieEndpoint.webPort),
            password: password,
            http: settings.httpParsing == .strict ? .strict : .lenient,
            pause: settings.pause,
            limits: EnerGenieTimeLimits(
                request: pdu.timeout,
                session: pdu.timeout * 3,
                logOut: pdu.timeout
            )
        )
        let native = EnerGenieTCPConfiguration(
            endpoint: try endpoint(isWeb ? EnerGenieEndpoint.nativePort : pdu.port),
            password: password,
            pause: settings.pause,
            limit: pdu.timeout
        )
        let name = pdu.name.rawValue
        return switch (settings.transport, settings.fallsBack) {
        case (.http, false): { [strips] in strips.web(web) }
        case (.tcp, false): { [strips] in strips.native(native) }
        case (.http, true): { [strips] in strips.fallback(strips.web(web), or: strips.native(native), name: name) }
        case (.tcp, true): { [strips] in strips.fallback(strips.native(native), or: strips.web(web), name: name) }
        }
    }

    private func snmp(
        _ pdu: PDUSettings,
        _ settings: SNMPSettings
    ) throws(Problem) -> @Sendable () -> any PDUDriver {
        let driver = try Self.driverSettings(pdu, settings, directory: directory, models)
        return { [engine, logger] in SNMPDriver(settings: driver, engine: engine, logger: logger) }
    }

    /// What an SNMP driver is made of, checked against its model.
    private static func driverSettings(
        _ pdu: PDUSettings,
        _ settings: SNMPSettings,
        directory: String,
        _ models: ModelShelf
    ) throws(Problem) -> SNMPDriverSettings {
        let target = SNMPTarget(
            host: pdu.host,
            port: UInt16(clamping: pdu.port),
            credentials: credentials(settings.access),
            label: pdu.name.rawValue,
            timeout: pdu.timeout,
            retries: pdu.retries
        )
        let driver = SNMPDriverSettings(
            name: pdu.name.rawValue,
            target: target,
            model: try model(settings.objects, pdu, directory: directory, models),
            outlets: Set(pdu.outlets.keys),
            index: index(settings.objects)
        )
        let problems = driver.problems
        guard problems.isEmpty else {
            throw Problem(description: "pdus \(pdu.name): \(problems.joined(separator: "; "))")
        }
        return driver
    }

    /// Reads every model file that the configuration names, and compares the configuration with its models, so that
    /// all mistakes show before anything runs.
    static func checkModels(of configuration: AgentConfiguration, path: String) throws {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let models = ModelShelf()
        var isGood = true
        for pdu in configuration.pdus {
            guard case .snmp(let settings) = pdu.driver else { continue }
            do throws(Problem) {
                _ = try driverSettings(pdu, settings, directory: directory, models)
            } catch {
                StandardError.write(line: "\(path): \(error)")
                isGood = false
            }
        }
        if !isGood { throw ConfigurationLoader.badConfiguration }
    }

    private static func model(
        _ objects: SNMPSettings.Objects,
        _ pdu: PDUSettings,
        directory: String,
        _ models: ModelShelf
    ) throws(Problem) -> SNMPDriverSettings.Model {
        switch objects {
        case .model(.automatic, _): return .detected(among: ModelLibrary.all)
        case .model(.builtIn(let name), _):
            guard let model = try parsed({ () throws(ModelErrors) in try models.builtIn(name) }, pdu) else {
                throw Problem(description: "pdus \(pdu.name): there is no built-in model '\(name)'")
            }
            return .known(model)
        case .model(.file(let file), _):
            let (path, text) = try modelFile(file, pdu, directory: directory)
            return .known(try parsed({ () throws(ModelErrors) in try models.file(path, text: text) }, pdu))
        case .bare(let bare):
            return .known(try parsed({ () throws(ModelErrors) in try PDUModel.bare(BareObjects(bare)) }, pdu))
        }
    }

    private static func parsed<Value>(
        _ parse: () throws(ModelErrors) -> Value,
        _ pdu: PDUSettings
    ) throws(Problem) -> Value {
        do throws(ModelErrors) {
            return try parse()
        } catch {
            throw Problem(description: "pdus \(pdu.name): \(error)")
        }
    }

    private static func index(_ objects: SNMPSettings.Objects) -> [String: IndexValue] {
        guard case .model(_, let index) = objects else { return [:] }
        return index.mapValues { value in
            switch value {
            case .number(let number): .number(UInt32(clamping: number))
            case .text(let text): .text(text)
            }
        }
    }

    private static func credentials(_ access: SNMPAccess) -> SNMPCredentials {
        switch access {
        case .community(.v1, let read, let write):
            .v1(community: SNMPSecret(read.reveal()), writeCommunity: SNMPSecret(write.reveal()))
        case .community(.v2c, let read, let write):
            .v2c(community: SNMPSecret(read.reveal()), writeCommunity: SNMPSecret(write.reveal()))
        case .user(let user):
            .v3(V3User(user))
        }
    }
}
