internal import Power

/// The session of the simulated web interface, and what it makes of a request: a pure value, time is given.
struct EnerGenieWebSite: Sendable {
    /// What a request means for the device, and what it is answered.
    struct Outcome: Sendable, Equatable {
        let page: EnerGeniePageWriter.Page
        /// What was asked, for the record.
        let object: String
        /// `done`, or why not.
        let outcome: String
        /// The outlets to switch, before the page is written.
        var orders: [Int: PowerState] = [:]
    }

    /// The address that the only session is bound to.
    private(set) var owner: String?
    private var lastRequest = Duration.zero
    private let password: [UInt8]
    private let expiry: Duration?

    init(password: String, expiry: Duration?) {
        self.password = password.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        self.expiry = expiry
    }

    /// What kind of request this is.
    static func step(_ request: EnerGenieRequest) -> EnerGenieMishap.Step {
        switch (request.path == "/login.html", request.isPost) {
        case (true, true): .logIn
        case (true, false): .logOut
        case (false, true): .switching
        case (false, false): .status
        }
    }

    /// What a request asks for, in the words of the record.
    static func object(_ request: EnerGenieRequest) -> String {
        "\(request.isPost ? "POST" : "GET") \(request.path)"
    }

    /// Lets somebody log in with the right password.
    mutating func occupy(from client: String, at now: Duration) {
        owner = client
        lastRequest = now
    }

    /// Answers a request; the page shows the outlets' states where `Outcome.page` has an empty list of them.
    mutating func answer(
        _ request: EnerGenieRequest,
        from client: String,
        at now: Duration,
        _ form: EnerGenieFirmware.PageForm
    ) -> Outcome {
        if let expiry, now - lastRequest > expiry { owner = nil }
        let object = Self.object(request)
        if let owner, owner != client { return Outcome(page: .busy, object: object, outcome: "busy") }
        lastRequest = now
        switch Self.step(request) {
        case .logIn:
            guard request.fields.first(where: { $0.name == "pw" })?.value == password else {
                owner = nil
                return Outcome(page: .login, object: object, outcome: "wrong password")
            }
            owner = client
            return Outcome(page: .outlets(form == .script ? [] : nil), object: object, outcome: "done")
        case .logOut:
            let wasLoggedIn = owner != nil
            owner = nil
            return Outcome(page: .login, object: object, outcome: wasLoggedIn ? "done" : "not logged in")
        case .switching, .status:
            guard owner != nil else { return Outcome(page: .login, object: object, outcome: "not logged in") }
            let isShown = request.path == "/" || (form == .script && request.path == "/energenie.html")
            guard isShown || request.path == "/energenie.html" else {
                return Outcome(page: .notFound, object: object, outcome: "no such page")
            }
            return Outcome(
                page: .outlets(isShown ? [] : nil),
                object: object,
                outcome: "done",
                orders: Self.orders(request)
            )
        }
    }

    private static func orders(_ request: EnerGenieRequest) -> [Int: PowerState] {
        var orders: [Int: PowerState] = [:]
        for outlet in 1...4 {
            switch request.fields.first(where: { $0.name == "cte\(outlet)" })?.value {
            case [UInt8(ascii: "1")]: orders[outlet] = .on
            case [UInt8(ascii: "0")]: orders[outlet] = .off
            default: break
            }
        }
        return orders
    }
}
