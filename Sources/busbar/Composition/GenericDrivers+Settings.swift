import AgentConfiguration
import GenericDriver
import Power

extension CommandDriverConfiguration {
    init(_ pdu: PDUSettings, _ settings: CommandSettings, words: StateWords) {
        self.init(
            name: pdu.name.rawValue,
            outlets: Set(pdu.outlets.keys),
            on: Program(settings.on),
            off: Program(settings.off),
            state: Program(settings.state),
            words: words,
            limit: pdu.timeout,
            retries: pdu.retries
        )
    }
}

extension CommandDriverConfiguration.Program {
    fileprivate init(_ words: [String]) {
        self.init(path: words.first ?? "", arguments: words.dropFirst().map { OutletTemplate($0) })
    }
}

extension HTTPDriverConfiguration {
    init(_ pdu: PDUSettings, _ settings: HTTPSettings, words: StateWords) {
        self.init(
            name: pdu.name.rawValue,
            outlets: Set(pdu.outlets.keys),
            on: Request(settings.on),
            off: Request(settings.off),
            state: Request(settings.state),
            locator: StateLocator(settings.place),
            words: words,
            credentials: settings.access.map { access in
                switch access {
                case .basic(let username, let password): .basic(username: username, password: password.reveal())
                case .bearer(let token): .bearer(token.reveal())
                }
            },
            limit: pdu.timeout,
            retries: pdu.retries
        )
    }
}

extension HTTPDriverConfiguration.Request {
    fileprivate init(_ settings: HTTPSettings.Request) {
        self.init(
            method: settings.method,
            url: OutletTemplate(settings.url),
            headers: settings.headers.map { HTTPDriverConfiguration.Header(name: $0.name, value: $0.value) },
            body: settings.body.map { OutletTemplate($0) }
        )
    }
}

extension StateLocator {
    fileprivate init(_ place: HTTPSettings.Place) {
        self =
            switch place {
            case .whole: .whole
            case .pointer(let pointer): .pointer(OutletTemplate(pointer))
            case .between(let start, let end): .between(OutletTemplate(start), end.map { OutletTemplate($0) })
            }
    }
}
