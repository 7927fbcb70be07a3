import AgentConfiguration
import SNMPDriver

extension BareObjects {
    init(_ bare: BareSNMPObjects) {
        let type: WireType =
            switch bare.type {
            case .integer: .integer
            case .unsigned: .unsigned
            case .string: .octets
            }
        self.init(
            oid: bare.oid.description,
            on: ModelValue(bare.on),
            off: ModelValue(bare.off),
            type: type,
            state: State(
                oid: bare.state.oid.description,
                on: bare.state.on.map(ModelValue.init),
                off: bare.state.off.map(ModelValue.init)
            )
        )
    }
}

extension ModelValue {
    fileprivate init(_ value: SNMPValue) {
        switch value {
        case .number(let number): self = .integer(number)
        case .text(let text): self = .text(text)
        }
    }
}
