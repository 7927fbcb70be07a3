// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioFoundation = Target.Dependency.product(name: "NIOFoundationCompat", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "busbar",
    products: [
        .executable(name: "busbar", targets: ["busbar"]),
        // Only for tests, which load it into an agent.
        .library(name: "DiskTrouble", type: .dynamic, targets: ["CDiskTrouble"]),
    ],
    // Exact, so that a release is made of what was tested; scripts/make-sbom names what these bring with them.
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        // Writes the page, the description of the interface and the models into the program.
        .plugin(name: "EmbedFiles", capability: .buildTool()),

        // C: each is imported by exactly one Swift target.
        .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .systemLibrary(name: "CNetSNMP", pkgConfig: "netsnmp", providers: [.apt(["libsnmp-dev"])]),
        // libmosquitto and net-snmp bring them anyway.
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibSSL", pkgConfig: "libssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "CSNMPShim", dependencies: ["CNetSNMP"]),
        .target(name: "CSNMPResponder", dependencies: ["CNetSNMP"]),
        .target(name: "CChildProcess"),
        .target(name: "CDiskTrouble"),
        .systemLibrary(name: "CAllocator"),
        .systemLibrary(name: "CPoll"),

        // The words of the field.
        .target(name: "Power", swiftSettings: swiftSettings),

        // Hashes of tokens and passwords.
        .target(name: "Credentials", dependencies: ["COpenSSL"], swiftSettings: swiftSettings),

        // The one thread that everything of a command runs on.
        .target(name: "Loop", dependencies: ["CPoll", heap], swiftSettings: swiftSettings),

        // The protocols; they know nothing of power.
        .target(name: "HostNames", swiftSettings: swiftSettings),
        .target(
            name: "MQTTClient",
            dependencies: ["CLibSSL", "CMosquitto", "HostNames", "Loop", deque, logging],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SNMPClient",
            dependencies: ["CSNMPShim", "HostNames", "Loop", logging],
            swiftSettings: swiftSettings
        ),

        // The devices.
        .target(
            name: "EnerGenieDriver",
            dependencies: ["HostNames", "Power", asyncHTTPClient, logging, nioCore, nioHTTP, nioPosix],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "SNMPDriver",
            dependencies: ["Power", "SNMPClient", logging, yams],
            exclude: ["Models"],
            swiftSettings: swiftSettings,
            plugins: ["EmbedFiles"]
        ),
        .target(
            name: "GenericDriver",
            dependencies: [
                "HostNames", "Power", "LocalServices", asyncHTTPClient, logging, nioCore, nioHTTP, nioPosix,
            ],
            swiftSettings: swiftSettings
        ),

        // The agent.
        .target(
            name: "Agent",
            dependencies: ["HostNames", "Loop", "Power", "MQTTClient", deque, grdb, heap, logging, serviceLifecycle],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "AgentWeb",
            dependencies: [
                "Agent", "Credentials", "Loop", "MQTTClient", "Power", "Remote", grdb, httpTypes, hummingbird,
                hummingbirdCore, hummingbirdTLS, logging, nioCore, nioHTTPTypes, nioSSL, serviceLifecycle,
            ],
            exclude: ["Page"],
            swiftSettings: swiftSettings,
            plugins: ["EmbedFiles"]
        ),
        // What Home Assistant is told.
        .target(
            name: "HomeAssistant",
            dependencies: ["Agent", "MQTTClient", "Power"],
            swiftSettings: swiftSettings
        ),
        // A fleet of agents that agree by etcd.
        .target(
            name: "EtcdFleet",
            dependencies: [
                "Agent", "Power", asyncHTTPClient, deque, heap, logging, nioCore, nioFoundation, nioHTTP, nioPosix,
                nioSSL,
            ],
            swiftSettings: swiftSettings
        ),
        .target(
            name: "AgentConfiguration",
            dependencies: ["Credentials", "Power", yams],
            swiftSettings: swiftSettings
        ),

        // What finds out what a device is, and whether it does as its driver says.
        .target(
            name: "Discovery",
            dependencies: ["Power", "EnerGenieDriver", "SNMPClient", "SNMPDriver", logging],
            swiftSettings: swiftSettings
        ),

        // The command line's way to agents that run elsewhere.
        .target(
            name: "Remote",
            dependencies: ["Power", "MQTTClient", "Agent", logging],
            swiftSettings: swiftSettings
        ),

        // What the demo and the tests need: real brokers and SNMP agents as child processes, simulated devices.
        .target(name: "LocalServices", dependencies: ["CChildProcess", "HostNames"], swiftSettings: swiftSettings),
        .target(
            name: "PDUSimulator",
            dependencies: ["Power", "LocalServices", "CSNMPResponder", nioCore, nioPosix],
            swiftSettings: swiftSettings
        ),

        // The composition root, the one place that sees everything.
        .executableTarget(
            name: "busbar",
            dependencies: [
                "CAllocator", "Credentials", "Loop", "Power", "MQTTClient", "SNMPClient", "EnerGenieDriver",
                "SNMPDriver", "GenericDriver", "Discovery", "Agent", "AgentConfiguration", "AgentWeb", "EtcdFleet",
                "HomeAssistant", "LocalServices", "PDUSimulator", "Remote", argumentParser, asyncHTTPClient, logging,
                nioCore, nioHTTP, nioPosix,
                nioSSL, serviceLifecycle, unixSignals, yams,
            ],
            swiftSettings: swiftSettings,
            // Nothing looks the program's symbols up by name, and their table would be a twentieth of it.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--no-export-dynamic"], .when(configuration: .release))]
        ),

        // Measures the hot paths; run by hand with `make bench`.
        .executableTarget(
            name: "bench",
            dependencies: [
                "Power", "MQTTClient", "SNMPClient", "SNMPDriver", "LocalServices", "PDUSimulator", argumentParser,
                grdb, logging, nioPosix,
            ],
            swiftSettings: swiftSettings
        ),

        // What several of the test targets need.
        .target(
            name: "TestSupport",
            dependencies: ["LocalServices", "MQTTClient", "SNMPClient", nioCore, nioPosix],
            path: "Tests/TestSupport",
            swiftSettings: swiftSettings
        ),

        .testTarget(name: "HostNamesTests", dependencies: ["HostNames"], swiftSettings: swiftSettings),
        .testTarget(name: "CredentialsTests", dependencies: ["Credentials"], swiftSettings: swiftSettings),
        .testTarget(name: "LoopTests", dependencies: ["Loop"], swiftSettings: swiftSettings),
        .testTarget(name: "PowerTests", dependencies: ["Power"], swiftSettings: swiftSettings),
        .testTarget(
            name: "AgentTests",
            dependencies: ["Agent", "LocalServices", "MQTTClient", "Power", "TestSupport", logging],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "HomeAssistantTests",
            dependencies: ["HomeAssistant", "Agent", "Power"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "EtcdFleetTests",
            dependencies: ["EtcdFleet", "Agent", "LocalServices", "Power", "TestSupport", heap, logging],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "AgentWebTests",
            dependencies: [
                "AgentWeb", "Agent", "Credentials", "LocalServices", "MQTTClient", "Power", "TestSupport",
                asyncHTTPClient,
                httpTypes, hummingbird, logging, nioCore, nioHTTP, nioPosix, nioSSL, serviceLifecycle, yams,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "MQTTClientTests",
            dependencies: ["HostNames", "MQTTClient", "LocalServices", "TestSupport", logging],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SNMPClientTests",
            dependencies: ["HostNames", "Loop", "SNMPClient", "LocalServices", "TestSupport", logging],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "EnerGenieDriverTests",
            dependencies: [
                "EnerGenieDriver", "LocalServices", "PDUSimulator", "Power", "TestSupport", logging, nioCore, nioPosix,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "SNMPDriverTests",
            dependencies: ["SNMPDriver", "SNMPClient", "LocalServices", "Power", "TestSupport", logging],
            exclude: ["Fixtures"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "DiscoveryTests",
            dependencies: [
                "Discovery", "AgentConfiguration", "EnerGenieDriver", "LocalServices", "PDUSimulator", "Power",
                "SNMPClient", "SNMPDriver", "TestSupport", logging, nioPosix,
            ],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "GenericDriverTests",
            dependencies: ["GenericDriver", "LocalServices", "Power", logging, nioCore, nioHTTP, nioPosix],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "AgentConfigurationTests",
            dependencies: ["AgentConfiguration", "Credentials", "Power", "TestSupport"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "DocumentationTests",
            dependencies: ["Agent", "AgentConfiguration", "Power"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "LocalServicesTests",
            dependencies: ["LocalServices", "TestSupport"],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "EnerGenieSimulatorTests",
            dependencies: ["PDUSimulator", "Power", nioCore, nioPosix],
            swiftSettings: swiftSettings
        ),
        .testTarget(
            name: "PDUSimulatorTests",
            dependencies: ["PDUSimulator", "LocalServices", "Power", "TestSupport", "busbar"],
            swiftSettings: swiftSettings
        ),
        .testTarget(name: "RemoteTests", dependencies: ["Remote", "Agent", "Power"], swiftSettings: swiftSettings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "MQTTClient", "PDUSimulator", "LocalServices", "Power", "TestSupport", "busbar", grdb, logging,
                nioPosix,
            ],
            swiftSettings: swiftSettings
        ),
    ],
    swiftLanguageModes: [.v6]
)

// Only `scripts/fuzz` builds these: they need libFuzzer, which comes with the toolchain.
if Context.environment["BUSBAR_FUZZ"] != nil {
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "Agent", "AgentConfiguration", "AgentWeb", "CFuzzer", "EnerGenieDriver", "GenericDriver", "Power",
                "SNMPClient", "SNMPDriver", logging,
            ],
            path: "Tests/Fuzz",
            exclude: ["CFuzzer", "words.dict"],
            swiftSettings: swiftSettings
        ),
    ]
}

// Only `scripts/build-release` sets this, to the folder that `scripts/make-icu-data` has written.
if let folder = Context.environment["BUSBAR_ICU_DATA"] {
    package.targets.append(.target(name: "CICUData", path: folder))
    package.targets.first { $0.name == "busbar" }?.dependencies.append("CICUData")
}
